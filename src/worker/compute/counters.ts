/** Counters that the compute thread writes and the server reads while the thread computes. */
export const counterNames = [
  'batches',
  'rows',
  'tokens_computed',
  'contexts',
  'contexts_cached',
  'tokens_cached',
  'rows_running',
  'state_bytes',
  'states',
  'compute_seconds',
] as const

export type CounterName = (typeof counterNames)[number]

export interface Counters {
  add(name: CounterName, amount: number): void
  set(name: CounterName, value: number): void
  read(): Record<CounterName, number>
}

export function makeCounterMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(counterNames.length * Float64Array.BYTES_PER_ELEMENT)
}

/** Both sides make theirs from the same memory. One thread writes, so plain stores do. */
export function defineCounters(memory: SharedArrayBuffer): Counters {
  const values = new Float64Array(memory)
  const at = Object.fromEntries(counterNames.map((name, index) => [name, index])) as Record<CounterName, number>
  return {
    add: (name, amount) => {
      values[at[name]] = (values[at[name]] as number) + amount
    },
    set: (name, value) => {
      values[at[name]] = value
    },
    read: () => Object.fromEntries(counterNames.map((name, i) => [name, values[i]])) as Record<CounterName, number>,
  }
}
