import { createHistogram } from 'node:perf_hooks'

export interface Summary {
  readonly count: number
  /** Milliseconds; null where nothing was counted. */
  readonly p50: number | null
  readonly p95: number | null
  readonly p99: number | null
  readonly p999: number | null
  readonly max: number | null
}

export interface Histogram {
  record(ms: number): void
  /** The value at the nearest rank, in milliseconds; null of none. */
  percentile(percent: number): number | null
  summary(): Summary
}

const hourInMicroseconds = 3_600_000_000

/**
 * Counts of durations, three significant digits whatever their size and however many there are: Node's own HDR histogram
 * (Gil Tene's), which counts from one microsecond to an hour here.
 */
export function defineHistogram(): Histogram {
  const counts = createHistogram({ lowest: 1, highest: hourInMicroseconds, figures: 3 })
  const percentile = (percent: number) => (counts.count === 0 ? null : counts.percentile(percent) / 1000)
  return {
    record(ms) {
      if (!(ms >= 0)) throw new RangeError(`${ms} ms is no duration`)
      counts.record(Math.min(hourInMicroseconds, Math.max(1, Math.round(ms * 1000))))
    },
    percentile,
    summary: () => ({
      count: counts.count,
      p50: percentile(50),
      p95: percentile(95),
      p99: percentile(99),
      p999: percentile(99.9),
      max: percentile(100),
    }),
  }
}
