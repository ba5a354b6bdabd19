import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type ErrorCode, errorTable, TuttiError } from '../../../src/errors.ts'
import { waitBefore } from '../../../src/members/resilient/back-off.ts'
import { defineLatencies } from '../../../src/members/resilient/latencies.ts'
import { defineRetryBudget } from '../../../src/members/resilient/retry-budget.ts'

const backOff = { firstMs: 50, longestMs: 2_000 }
const busy = (retryAfterMs: number | null = null) => new TuttiError('member_unavailable', 'busy', { retryAfterMs })

test('a wait is drawn below a bound that doubles up to the longest', () => {
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
  fc.assert(
    fc.property(fc.nat(20), random, (retries, drawn) => {
      const wait = waitBefore(busy(), retries, backOff, () => drawn)!
      expect(wait).toBeGreaterThanOrEqual(0)
      expect(wait).toBeLessThanOrEqual(Math.min(2_000, 50 * 2 ** retries))
      expect(wait).toBeCloseTo(drawn * Math.min(2_000, 50 * 2 ** retries), 6)
    }),
  )
})

test('no sooner than the server asks, and not at all when it asks for longer than is waited', () => {
  expect(waitBefore(busy(300), 0, backOff, () => 0)).toBe(300)
  expect(waitBefore(busy(300), 0, backOff, () => 0.5)).toBe(325)
  expect(waitBefore(busy(2_000), 0, backOff, () => 0)).toBe(2_000)
  expect(waitBefore(busy(2_001), 0, backOff, () => 0)).toBeNull()
})

test('only failures of members that may be gone by then are worth another call', () => {
  const worth = (Object.keys(errorTable) as ErrorCode[]).filter((code) => {
    return waitBefore(new TuttiError(code, 'it failed'), 0, backOff, () => 0) !== null
  })
  expect(worth).toEqual(['member_unreachable', 'member_unavailable'])
  expect(waitBefore(new Error('unforeseen'), 0, backOff, () => 0)).toBeNull()
})

test('retries are no more than a share of the calls, and the ten that are saved', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.array(fc.boolean(), { maxLength: 400 }),
      (share, plan) => {
        const budget = defineRetryBudget(share)
        let calls = 0
        let retries = 0
        for (const isCall of plan) {
          if (isCall) {
            calls++
            budget.earn()
          } else if (budget.spend()) retries++
          expect(retries).toBeLessThanOrEqual((share > 0 ? 10 : 0) + share * calls + 1e-9)
        }
      },
    ),
  )
  const none = defineRetryBudget(0)
  for (let i = 0; i < 100; i++) none.earn()
  expect(none.spend()).toBe(false)
})

test('a quantile of the last latencies is one of them, with the share of them below it', () => {
  const ms = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 100 })
  fc.assert(
    fc.property(ms, fc.double({ min: 0, max: 0.999, noNaN: true }), (all, share) => {
      const latencies = defineLatencies(32, 5)
      for (const one of all) latencies.add(one)
      const last = all.slice(-32)
      const found = latencies.quantile(share)
      if (last.length < 5) {
        expect(found).toBeNull()
        return
      }
      expect(last).toContain(found)
      expect(last.filter((one) => one < found!).length).toBeLessThanOrEqual(share * last.length)
      expect(last.filter((one) => one > found!).length).toBeLessThanOrEqual((1 - share) * last.length + 1e-9)
    }),
  )
})
