import { defineHistogram, type Histogram, type Summary } from './histogram.ts'
import type { Outcome } from './outcome.ts'

/** Figures of some requests. Times are milliseconds from when a request was due; those of failed ones are not among them. */
export interface Figures {
  readonly requests: number
  readonly answered: number
  readonly failed: number
  readonly failed_share: number
  readonly errors: Readonly<Record<string, number>>
  /** Of the answers. */
  readonly degraded_share: number
  readonly latency_ms: Summary
  readonly first_token_ms: Summary
  readonly token_gap_ms: Summary
  /** How late the load test was itself. */
  readonly late_ms: Summary
  readonly by_request: Readonly<Record<string, Summary>>
  /** As the gateway's diagnosis says, of members that took part. */
  readonly by_member: Readonly<Record<string, Summary & { readonly lost: number }>>
}

interface MemberCount {
  readonly times: Histogram
  lost: number
}

export interface Tally {
  add(outcome: Outcome): void
  figures(): Figures
}

export function defineTally(): Tally {
  const [latency, first, gaps, late] = [defineHistogram(), defineHistogram(), defineHistogram(), defineHistogram()]
  const byRequest = new Map<string, Histogram>()
  const byMember = new Map<string, MemberCount>()
  const errors = new Map<string, number>()
  const count = { requests: 0, answered: 0, degraded: 0 }

  function addMembers({ members }: Outcome): void {
    for (const { id, status, totalMs } of members) {
      const member = getOrMake(byMember, id, () => ({ times: defineHistogram(), lost: 0 }))
      if (status === 'ok') member.times.record(totalMs)
      else member.lost++
    }
  }

  return {
    add(outcome) {
      count.requests++
      late.record(Math.max(0, outcome.lateMs))
      if (outcome.code !== 'ok') {
        errors.set(outcome.code, (errors.get(outcome.code) ?? 0) + 1)
        return
      }
      count.answered++
      if (outcome.degraded) count.degraded++
      latency.record(outcome.latencyMs)
      getOrMake(byRequest, outcome.kind, defineHistogram).record(outcome.latencyMs)
      if (outcome.firstTextMs !== null) first.record(outcome.firstTextMs)
      for (const gap of outcome.gapsMs) gaps.record(gap)
      addMembers(outcome)
    },
    figures: () => ({
      requests: count.requests,
      answered: count.answered,
      failed: count.requests - count.answered,
      failed_share: count.requests === 0 ? 0 : 1 - count.answered / count.requests,
      errors: Object.fromEntries(errors),
      degraded_share: count.answered === 0 ? 0 : count.degraded / count.answered,
      latency_ms: latency.summary(),
      first_token_ms: first.summary(),
      token_gap_ms: gaps.summary(),
      late_ms: late.summary(),
      by_request: Object.fromEntries([...byRequest].map(([name, times]) => [name, times.summary()])),
      by_member: Object.fromEntries([...byMember].map(([id, { times, lost }]) => [id, { ...times.summary(), lost }])),
    }),
  }
}

function getOrMake<Value>(map: Map<string, Value>, name: string, make: () => Value): Value {
  const found = map.get(name)
  if (found !== undefined) return found
  const made = make()
  map.set(name, made)
  return made
}
