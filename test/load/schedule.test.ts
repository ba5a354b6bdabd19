import fc from 'fast-check'
import { expect, test } from 'vitest'
import { schedule } from './schedule.ts'

const weights = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 })

test('requests are due at equal distances, as many as the rate and the time say', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 5 }), (rate, seconds) => {
      const arrivals = schedule(rate, seconds, [1])
      expect(arrivals).toHaveLength(rate * seconds)
      for (const [index, { dueMs }] of arrivals.entries()) expect(dueMs).toBeCloseTo((index * 1000) / rate, 9)
    }),
  )
})

test('every run of as many requests as the weights sum to has each kind as often as its weight says', () => {
  fc.assert(
    fc.property(weights, (shares) => {
      const total = shares.reduce((sum, share) => sum + share, 0)
      const arrivals = schedule(total, 3, shares)
      for (const start of [0, total, 2 * total]) {
        const kinds = arrivals.slice(start, start + total).map(({ kind }) => kind)
        expect(shares.map((_, kind) => kinds.filter((one) => one === kind).length)).toEqual(shares)
      }
    }),
  )
})

test('kinds are mixed: of two with weights 3 and 1 the light one does not wait for the end', () => {
  expect(schedule(8, 1, [3, 1]).map(({ kind }) => kind)).toEqual([0, 0, 1, 0, 0, 0, 1, 0])
})
