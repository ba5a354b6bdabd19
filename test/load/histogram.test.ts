import fc from 'fast-check'
import { expect, test } from 'vitest'
import { defineHistogram } from './histogram.ts'

const durations = fc.array(fc.double({ min: 0.001, max: 100_000, noNaN: true }), { minLength: 1, maxLength: 300 })

test('a percentile is the value at the nearest rank, within a thousandth', () => {
  fc.assert(
    fc.property(durations, fc.constantFrom(50, 95, 99, 99.9, 100), (values, percent) => {
      const histogram = defineHistogram()
      for (const value of values) histogram.record(value)
      const sorted = values.toSorted((a, b) => a - b)
      const found = histogram.percentile(percent) as number
      const rank = (percent / 100) * values.length
      // Half-way between two ranks, rounding decides. Three significant digits, of whole microseconds.
      const near = [rank - 1e-9, rank + 1e-9].some((one) => {
        const exact = sorted[Math.max(1, Math.round(one)) - 1] as number
        return Math.abs(found - exact) <= exact * 0.001 + 0.00101
      })
      expect(near).toBe(true)
    }),
  )
})

test('one slow value among a thousand is p99.9 of 1001 but not p99', () => {
  const histogram = defineHistogram()
  for (let count = 0; count < 999; count++) histogram.record(10)
  for (let count = 0; count < 2; count++) histogram.record(5_000)
  const { count, p50, p99, p999, max } = histogram.summary()
  expect(count).toBe(1001)
  expect(p50).toBeCloseTo(10, 1)
  expect(p99).toBeCloseTo(10, 1)
  expect(p999! / 5_000).toBeCloseTo(1, 2)
  expect(max! / 5_000).toBeCloseTo(1, 2)
})

test('nothing counted has no percentiles, and what is no duration is refused', () => {
  const histogram = defineHistogram()
  expect(histogram.summary()).toEqual({ count: 0, p50: null, p95: null, p99: null, p999: null, max: null })
  expect(() => histogram.record(-1)).toThrow(RangeError)
  expect(() => histogram.record(Number.NaN)).toThrow(RangeError)
})
