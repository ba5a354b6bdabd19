import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { TokenDistribution } from '../../../src/core/distribution/token-distribution.ts'
import { TuttiError } from '../../../src/errors.ts'
import type { ContinueOptions, Member, MemberStep } from '../../../src/members/member.ts'
import { measured } from '../../../src/members/resilient/measured.ts'
import { defineRecentLatencies } from '../../../src/members/resilient/recent-latencies.ts'
import { all } from '../../conformance/support.ts'

const { signal } = new AbortController()
const step = {} as MemberStep

/** A member whose calls take their time on a clock of their own. */
function slow(takes: () => number, fails: () => boolean = () => false) {
  let now = 1_000
  async function list() {
    now += takes()
    if (fails()) throw new TuttiError('member_unreachable', 'refused')
    return {} as TokenDistribution
  }
  async function* steps(_context: unknown, { maxTokens }: ContinueOptions): AsyncGenerator<MemberStep, void> {
    now += takes()
    if (fails()) throw new TuttiError('member_unreachable', 'refused')
    for (let sent = 0; sent < maxTokens; sent++) {
      yield step
      now += 1_000
    }
  }
  const inner = {
    id: 'm',
    continue: steps,
    list,
    async tokenize() {
      now += 0.001
      return Int32Array.of(1)
    },
  } as unknown as Member
  const member = measured(inner, () => now)
  const call = () => member.list!({ text: 'a' }, { topK: 1, signal })
  const stream = (maxTokens: number) => member.continue({ text: 'a' }, { maxTokens, topK: 1, signal })
  const later = (ms: number) => {
    now += ms
  }
  return { member, call, stream, later }
}

test('the latency of a member is the time to the first of an answer, not to its end', async () => {
  const { member, call, stream } = slow(() => 30)
  expect(member.traffic?.()).toEqual({ latency: null, callsOpen: 0, streamsOpen: 0 })
  await call()
  await all(stream(5))
  expect(member.traffic?.().latency).toEqual({ medianMs: 30, p95Ms: 30, calls: 2 })
})

test('calls that fail, and those that ask no model, have no part in it', async () => {
  let failing = true
  const { member, call } = slow(
    () => 30,
    () => failing,
  )
  await expect(call()).rejects.toThrow('refused')
  await member.tokenize('a', signal)
  expect(member.traffic?.().latency).toBeNull()
  failing = false
  await call()
  expect(member.traffic?.().latency).toMatchObject({ medianMs: 30, calls: 1 })
})

test('calls and streams are open until they are read to their end, left, or have failed', async () => {
  let failing = false
  const { member, stream, call } = slow(
    () => 1,
    () => failing,
  )
  const open = () => [member.traffic?.().callsOpen, member.traffic?.().streamsOpen]
  const one = stream(3)[Symbol.asyncIterator]()
  await one.next()
  const called = call()
  expect(open()).toEqual([1, 1])
  await called
  expect(open()).toEqual([0, 1])
  await one.return?.()
  expect(open()).toEqual([0, 0])
  await all(stream(2))
  expect(open()).toEqual([0, 0])
  failing = true
  await expect(call()).rejects.toThrow('refused')
  await expect(all(stream(9))).rejects.toThrow('refused')
  expect(open()).toEqual([0, 0])
})

test('after a minute without calls there is no latency', async () => {
  const { member, call, later } = slow(() => 30)
  await call()
  later(58_000)
  expect(member.traffic?.().latency?.calls).toBe(1)
  later(2_001)
  expect(member.traffic?.().latency).toBeNull()
})

test('median and 95th percentile are those of the calls of the last minute, of a busy one the last calls', () => {
  const calls = fc.array(fc.record({ ms: fc.nat(1_000), apart: fc.nat(9_000) }), { minLength: 1, maxLength: 60 })
  fc.assert(
    fc.property(calls, fc.integer({ min: 1, max: 40 }), (made, size) => {
      let now = 0
      const recent = defineRecentLatencies(size, () => now)
      const seen = made.map(({ ms, apart }) => {
        now += apart
        recent.add(ms)
        return { ms, at: now }
      })
      const known = seen
        .slice(-size)
        .filter(({ at }) => at >= now - 60_000)
        .map(({ ms }) => ms)
      const { medianMs, p95Ms, calls: count } = recent.summary()!
      expect(count).toBe(known.length)
      const atMost = (bound: number) => known.filter((ms) => ms <= bound).length / known.length
      const below = (bound: number) => known.filter((ms) => ms < bound).length / known.length
      for (const [value, share] of [
        [medianMs, 0.5],
        [p95Ms, 0.95],
      ] as const) {
        expect(known).toContain(value)
        expect(atMost(value)).toBeGreaterThanOrEqual(share)
        expect(below(value)).toBeLessThan(share)
      }
    }),
  )
})
