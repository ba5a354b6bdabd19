import type { Operation } from './decorated.ts'
import { defineLatencies, type Latencies } from './latencies.ts'

export interface HedgeOptions {
  /** A call that takes longer than this share of those before is made of another replica too. */
  readonly quantile: number
  /** Milliseconds: never sooner. */
  readonly leastMs: number
  /** Calls of an operation that must have been observed. */
  readonly afterCalls: number
}

/** Tells how long a first answer may take before another replica is asked too (Dean and Barroso, "The Tail at Scale", 2013). */
export interface Hedge {
  /** Milliseconds; null for a call that is made once. */
  delayOf(operation: Operation): number | null
  observe(operation: Operation, ms: number): void
}

/** Latencies that are remembered of each operation. */
const remembered = 256

/** Those whose calls are alike: how long a written answer takes says nothing of the next. */
const hedged: ReadonlySet<Operation> = new Set(['continue', 'continueText', 'list', 'listText', 'query', 'score'])

/** @param options null: no call is made twice. */
export function defineHedge(options: HedgeOptions | null): Hedge {
  const known = new Map<Operation, Latencies>()
  return {
    delayOf(operation) {
      const usual = options && hedged.has(operation) ? known.get(operation)?.quantile(options.quantile) : null
      return options === null || usual == null ? null : Math.max(options.leastMs, usual)
    },
    observe(operation, ms) {
      if (options === null || !hedged.has(operation)) return
      const latencies = known.get(operation) ?? defineLatencies(remembered, options.afterCalls)
      known.set(operation, latencies)
      latencies.add(ms)
    },
  }
}
