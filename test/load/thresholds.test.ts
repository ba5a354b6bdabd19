import { expect, test } from 'vitest'
import type { Outcome } from './outcome.ts'
import { defineTally } from './tally.ts'
import { judge, sustained } from './thresholds.ts'

function outcome(changed: Partial<Outcome> = {}): Outcome {
  return {
    kind: 'predict',
    dueMs: 0,
    lateMs: 0,
    latencyMs: 10,
    code: 'ok',
    firstTextMs: null,
    gapsMs: [],
    degraded: false,
    members: [],
    ...changed,
  }
}

function figuresOf(outcomes: readonly Outcome[]) {
  const tally = defineTally()
  for (const one of outcomes) tally.add(one)
  return tally.figures()
}

test('failed requests count as failed by their code, and their times are no latencies', () => {
  const figures = figuresOf([
    outcome(),
    outcome({ code: 'timeout', latencyMs: 60_000 }),
    outcome({ code: 'overloaded', latencyMs: 1 }),
    outcome({ code: 'timeout', latencyMs: 60_000 }),
  ])
  expect(figures).toMatchObject({ requests: 4, answered: 1, failed: 3, failed_share: 0.75 })
  expect(figures.errors).toEqual({ timeout: 2, overloaded: 1 })
  expect(figures.latency_ms.count).toBe(1)
})

test('degraded answers are a share of the answers, and a lost member has no time but a count', () => {
  const ok = { id: 'a', status: 'ok', totalMs: 3 }
  const lost = { id: 'b', status: 'timeout', totalMs: 900 }
  const figures = figuresOf([
    outcome({ degraded: true, members: [ok, lost] }),
    outcome({ members: [ok, { ...lost, status: 'ok', totalMs: 5 }] }),
    outcome({ code: 'timeout' }),
  ])
  expect(figures.degraded_share).toBe(0.5)
  expect(figures.by_member['a']).toMatchObject({ count: 2, lost: 0 })
  expect(figures.by_member['b']).toMatchObject({ count: 1, lost: 1 })
  expect(figures.by_member['b']?.max).toBeCloseTo(5, 1)
})

test('a threshold passes at its limit and fails beyond it; a least one the other way round', () => {
  const figures = figuresOf([outcome({ latencyMs: 10 }), outcome({ code: 'timeout' })])
  const verdict = (thresholds: Parameters<typeof judge>[0]) => judge(thresholds, figures, 0.9).map(({ pass }) => pass)
  expect(verdict({ failed_share: 0.5 })).toEqual([true])
  expect(verdict({ failed_share: 0.49 })).toEqual([false])
  expect(verdict({ least_throughput_share: 0.9 })).toEqual([true])
  expect(verdict({ least_throughput_share: 0.91 })).toEqual([false])
  expect(verdict({ p99_ms: 11, p50_ms: 9 })).toEqual([true, false])
})

test('a threshold on what never happened does not pass', () => {
  expect(judge({ first_token_p95_ms: 1e9 }, figuresOf([outcome()]), 1)).toEqual([
    { threshold: 'first_token_p95_ms', limit: 1e9, value: null, pass: false },
  ])
})

test('a step of the ramp is sustained when it is quick, whole and not behind', () => {
  const ramp = { from: 1, factor: 2, seconds: 1, most: 9, p99_ms: 100, failed_share: 0, least_throughput_share: 0.9 }
  const step = (outcomes: readonly Outcome[], throughputShare = 1) => ({
    rate: 1,
    seconds: 1,
    throughput: 1,
    throughput_share: throughputShare,
    figures: figuresOf(outcomes),
    processes: {},
  })
  expect(sustained(ramp, step([outcome()]))).toBe(true)
  expect(sustained(ramp, step([outcome({ latencyMs: 101 })]))).toBe(false)
  expect(sustained(ramp, step([outcome(), outcome({ code: 'timeout' })]))).toBe(false)
  expect(sustained(ramp, step([outcome()], 0.8))).toBe(false)
  expect(sustained(ramp, step([]))).toBe(false)
})
