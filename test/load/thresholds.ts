import type { StageFigures } from './run-scenario.ts'
import type { Ramp, Thresholds } from './scenario.ts'
import type { Figures } from './tally.ts'

export interface Verdict {
  readonly threshold: string
  readonly limit: number
  /** Null where there is none to judge by, which does not pass. */
  readonly value: number | null
  readonly pass: boolean
}

/** A run's figures against what they must keep to. */
export function judge(thresholds: Thresholds, total: Figures, throughputShare: number): Verdict[] {
  const values: Record<keyof Thresholds, number | null> = {
    failed_share: total.failed_share,
    degraded_share: total.degraded_share,
    least_throughput_share: throughputShare,
    p50_ms: total.latency_ms.p50,
    p95_ms: total.latency_ms.p95,
    p99_ms: total.latency_ms.p99,
    p999_ms: total.latency_ms.p999,
    first_token_p95_ms: total.first_token_ms.p95,
  }
  return Object.entries(thresholds).flatMap(([threshold, limit]) => {
    if (limit === undefined) return []
    const value = values[threshold as keyof Thresholds]
    const pass = value !== null && (threshold.startsWith('least_') ? value >= limit : value <= limit)
    return [{ threshold, limit, value, pass }]
  })
}

/** Whether a step of the ramp was kept up with. */
export function sustained(ramp: Ramp, { figures, throughput_share: throughput }: StageFigures): boolean {
  const { p99 } = figures.latency_ms
  return (
    p99 !== null &&
    p99 <= ramp.p99_ms &&
    figures.failed_share <= ramp.failed_share &&
    throughput >= ramp.least_throughput_share
  )
}
