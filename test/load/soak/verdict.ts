import { defineHistogram } from '../histogram.ts'
import type { Outcome } from '../outcome.ts'
import type { Sample } from './sample.ts'

/** A stretch of the run. */
export interface Stretch {
  readonly fromMs: number
  readonly toMs: number
  readonly requests: number
  readonly failed: number
  readonly degraded: number
  readonly p50Ms: number | null
  readonly p99Ms: number | null
  /** Median. */
  readonly residentMiB: number
  /** Least: what is left when the collector has just run. */
  readonly heapMiB: number
  /** Most. */
  readonly sockets: number
  /** Most. */
  readonly lagMs: number
}

/** The run in equal stretches; in the first of them everything is still being warmed up. */
export function stretchesOf(
  samples: readonly Sample[],
  outcomes: readonly Outcome[],
  totalMs: number,
  count: number,
): Stretch[] {
  return Array.from({ length: count }, (_, index): Stretch => {
    const [fromMs, toMs] = [(index * totalMs) / count, ((index + 1) * totalMs) / count]
    const within = (ms: number) => ms >= fromMs && ms < toMs
    const own = samples.filter(({ atMs }) => within(atMs))
    const asked = outcomes.filter(({ dueMs }) => within(dueMs))
    const answered = asked.filter(({ code }) => code === 'ok')
    const latencies = defineHistogram()
    for (const { latencyMs } of answered) latencies.record(latencyMs)
    const { p50, p99 } = latencies.summary()
    return {
      fromMs,
      toMs,
      requests: asked.length,
      failed: asked.length - answered.length,
      degraded: answered.filter(({ degraded }) => degraded).length,
      p50Ms: p50,
      p99Ms: p99,
      residentMiB: medianOf(own.map(({ residentMiB }) => residentMiB)),
      heapMiB: Math.min(...own.map(({ heapMiB }) => heapMiB)),
      sockets: Math.max(...own.map(({ sockets }) => sockets)),
      lagMs: Math.max(...own.map(({ lagMs }) => lagMs)),
    }
  })
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

/** MiB an hour that resident memory grows after the first of `count` stretches, by least squares. */
export function residentSlope(samples: readonly Sample[], totalMs: number, count: number): number {
  const late = samples.filter(({ atMs }) => atMs >= totalMs / count)
  const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const [at, resident] = [meanOf(late.map(({ atMs }) => atMs)), meanOf(late.map(({ residentMiB }) => residentMiB))]
  const along = late.reduce((sum, { atMs, residentMiB }) => sum + (atMs - at) * (residentMiB - resident), 0)
  return (along / late.reduce((sum, { atMs }) => sum + (atMs - at) ** 2, 0)) * 3_600_000
}

/** Share by which memory may grow from the first stretch after the warm-up to the last, and MiB beside it. */
const growth = { share: 0.1, residentMiB: 15, heapMiB: 5 }
/** Sockets by which the most of a stretch may differ by chance: connections of the load test itself and idle ones. */
const spareSockets = 16

/** What has not been kept; empty: all was. */
export function brokenBy(stretches: readonly Stretch[], outcomes: readonly Outcome[]): string[] {
  const [, early] = stretches
  const late = stretches.at(-1)
  if (early === undefined || late === undefined) return ['too short to tell']
  const codes = Map.groupBy(
    outcomes.filter(({ code }) => code !== 'ok'),
    ({ code }) => code,
  )
  const grown = (what: string, before: number, after: number, spare: number) =>
    after <= before * (1 + growth.share) + spare
      ? []
      : [`${what} has grown from ${before.toFixed(0)} to ${after.toFixed(0)} MiB`]
  return [
    ...[...codes].map(([code, list]) => `${list.length} requests failed by ${code}`),
    ...grown('resident memory', early.residentMiB, late.residentMiB, growth.residentMiB),
    ...grown('the heap', early.heapMiB, late.heapMiB, growth.heapMiB),
    ...(late.sockets <= early.sockets + spareSockets
      ? []
      : [`sockets have grown from ${early.sockets} to ${late.sockets}`]),
  ]
}
