import { expect, test } from 'vitest'
import type { Outcome } from '../outcome.ts'
import type { Sample } from './sample.ts'
import { brokenBy, residentSlope, stretchesOf } from './verdict.ts'

const totalMs = 100_000
const steady = Array.from({ length: 50 }, (_, index): Sample => {
  // Heap goes up and down; a collection leaves 40.
  return { atMs: index * 2_000, residentMiB: 200, heapMiB: 40 + (index % 5) * 10, sockets: 12, lagMs: 20 }
})
const answers = Array.from({ length: 100 }, (_, index): Outcome => {
  const times = { dueMs: index * 1_000, lateMs: 0, latencyMs: 30, firstTextMs: null, gapsMs: [] }
  return { kind: 'predict', code: 'ok', degraded: index === 30, members: [], ...times }
})
const broken = (samples: readonly Sample[], outcomes: readonly Outcome[] = answers) =>
  brokenBy(stretchesOf(samples, outcomes, totalMs, 5), outcomes)

test('a run in which nothing grows and nothing fails keeps all; degraded answers are answers', () => {
  const stretches = stretchesOf(steady, answers, totalMs, 5)
  expect(stretches.map(({ requests, degraded, heapMiB }) => [requests, degraded, heapMiB])).toEqual([
    [20, 0, 40],
    [20, 1, 40],
    [20, 0, 40],
    [20, 0, 40],
    [20, 0, 40],
  ])
  expect(broken(steady)).toEqual([])
})

test('what grows after the warm-up is told, what grew within it is not', () => {
  const warming = steady.map((sample) => ({ ...sample, residentMiB: sample.atMs < 15_000 ? 90 : 200 }))
  expect(broken(warming)).toEqual([])
  const growing = (key: 'residentMiB' | 'heapMiB' | 'sockets', each: number) =>
    broken(steady.map((sample, index) => ({ ...sample, [key]: sample[key] + index * each })))
  expect(growing('residentMiB', 2)).toEqual(['resident memory has grown from 230 to 290 MiB'])
  expect(growing('heapMiB', 0.5)).toHaveLength(1)
  expect(growing('sockets', 1)).toEqual(['sockets have grown from 31 to 61'])
})

test('requests that failed are told by code, and a run without samples is none', () => {
  const failed = answers.map((one, index): Outcome => (index % 50 === 7 ? { ...one, code: 'timeout' } : one))
  expect(broken(steady, failed)).toEqual(['2 requests failed by timeout'])
  expect(brokenBy([], answers)).toEqual(['too short to tell'])
})

test('the slope of memory is that of the run without its first stretch', () => {
  expect(residentSlope(steady, totalMs, 5)).toBe(0)
  // 1 MiB every two seconds, after a start that does not count.
  const growing = steady.map((sample) => ({
    ...sample,
    residentMiB: sample.atMs < 20_000 ? 900 : sample.atMs / 2_000,
  }))
  expect(residentSlope(growing, totalMs, 5)).toBeCloseTo(1_800, 9)
})
