import { Tensor } from 'onnxruntime-node'
import { free } from './free.ts'
import type { Signature } from './signature.ts'
import type { Held, States } from './states.ts'

export interface Snapshot extends Held {
  /** One array per slot; empty at the start of a text, where the state is zero. */
  readonly state: readonly Float32Array[]
  readonly tokens: Int32Array
}

const beginning: Snapshot = { length: 0, logits: null, state: [], tokens: new Int32Array(0) }

/** Hash of every prefix: entry i is that of the first i tokens, 53 bits from two multiplicative hashes. */
function prefixHashes(tokens: Int32Array, most: number): Float64Array {
  const hashes = new Float64Array(most + 1)
  let a = 0x811c9dc5
  let b = 0x9e3779b1
  for (let i = 0; i < most; i++) {
    const token = tokens[i] as number
    a = Math.imul(a ^ token, 0x01000193) ^ (a >>> 15)
    b = Math.imul(b + token, 0x85ebca6b) ^ (b >>> 13)
    hashes[i + 1] = (a >>> 0) * 0x200000 + (b >>> 11)
  }
  return hashes
}

function startsWith(tokens: Int32Array, prefix: Int32Array): boolean {
  for (let i = 0; i < prefix.length; i++) if (tokens[i] !== prefix[i]) return false
  return true
}

/**
 * States of recurrent models. Such a state can't be cut back to a shorter context, so one snapshot is kept for each
 * context that a run ended at, with its logits; the least recently used go first when `maxBytes` is exceeded.
 */
export function defineSnapshotStates(signature: Signature, maxBytes: number): States<Snapshot> {
  const { slots } = signature
  // Insertion order is order of use.
  const snapshots = new Map<number, Snapshot>()
  let bytes = 0

  const sizeOf = (snapshot: Snapshot) =>
    4 * (snapshot.state.reduce((sum, part) => sum + part.length, 0) + (snapshot.logits?.length ?? 0) + snapshot.length)

  function drop(hash: number): void {
    const known = snapshots.get(hash)
    if (known === undefined) return
    snapshots.delete(hash)
    bytes -= sizeOf(known)
  }

  function store(snapshot: Snapshot): void {
    const hash = prefixHashes(snapshot.tokens, snapshot.length)[snapshot.length] as number
    drop(hash)
    snapshots.set(hash, snapshot)
    bytes += sizeOf(snapshot)
    for (const oldest of snapshots.keys()) {
      if (bytes <= maxBytes) break
      drop(oldest)
    }
  }

  return {
    start: () => beginning,
    find: (tokens, context) => {
      const hashes = prefixHashes(tokens, context)
      for (let length = context; length > 0; length--) {
        const hash = hashes[length] as number
        const snapshot = snapshots.get(hash)
        if (snapshot === undefined || snapshot.length !== length || !startsWith(tokens, snapshot.tokens)) continue
        snapshots.delete(hash)
        snapshots.set(hash, snapshot)
        return snapshot
      }
      return beginning
    },
    choose: (candidates) => candidates.map((_, index) => index),
    prepare: (rows, count) => {
      const feeds: Record<string, Tensor> = {}
      for (const [s, slot] of slots.entries()) {
        const stacked = new Float32Array(rows.length * slot.size)
        for (const [r, row] of rows.entries()) {
          const part = row.state[s]
          if (part !== undefined) stacked.set(part, r * slot.size)
        }
        feeds[slot.input] = new Tensor('float32', stacked, [rows.length, ...slot.dims])
      }
      if (signature.takesMask) {
        const ones = new BigInt64Array(rows.length * count).fill(1n)
        feeds['attention_mask'] = new Tensor('int64', ones, [rows.length, count])
      }
      return { feeds, past: 0, from: rows.map(({ length }) => length), reads: count }
    },
    absorb: (rows, { outputs }, lastLogits) => {
      const snapshots = rows.map(({ tokens }, r) => {
        const state = slots.map((slot) => {
          const data = outputs[slot.output]?.data as Float32Array
          return data.slice(r * slot.size, (r + 1) * slot.size)
        })
        const snapshot = { length: tokens.length, logits: lastLogits(r), state, tokens }
        store(snapshot)
        return snapshot
      })
      for (const slot of slots) free(outputs[slot.output])
      return snapshots
    },
    release: () => {},
    get bytes() {
      return bytes
    },
    get entries() {
      return snapshots.size
    },
  }
}
