import type { Latency } from '../member.ts'

/** How far back is looked, in milliseconds. */
const spanMs = 60_000

/** The latencies of the last minute. */
export interface RecentLatencies {
  add(ms: number): void
  /** Null when there were none. */
  summary(): Latency | null
}

/**
 * @param size how many are remembered at most: of a busy minute the last.
 * @param clock milliseconds, monotonic.
 */
export function defineRecentLatencies(size: number, clock: () => number): RecentLatencies {
  const values = new Float64Array(size)
  const times = new Float64Array(size)
  let count = 0
  return {
    add(ms) {
      values[count % size] = ms
      times[count++ % size] = clock()
    },
    summary() {
      const since = clock() - spanMs
      const known = values.subarray(0, Math.min(count, size)).filter((_, index) => (times[index] as number) >= since)
      if (known.length === 0) return null
      known.sort()
      const quantile = (share: number) => known[Math.max(0, Math.ceil(share * known.length) - 1)] as number
      return { medianMs: quantile(0.5), p95Ms: quantile(0.95), calls: known.length }
    },
  }
}
