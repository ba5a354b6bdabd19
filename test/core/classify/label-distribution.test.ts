import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isCertain, ranking } from '../../../src/core/classify/label-distribution.ts'

const bounded = (probabilities: number[], low = probabilities, high = probabilities) => ({
  probabilities: Float64Array.from(probabilities),
  low: Float64Array.from(low),
  high: Float64Array.from(high),
  missing: 0,
})

test('labels come likeliest first, equals by the tiebreak, then in their order', () => {
  const small = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 6, maxLength: 6 })
  fc.assert(
    fc.property(small, small, (values, ties) => {
      const ranked = ranking({ ...bounded(values), tiebreak: Float64Array.from(ties) })
      expect([...ranked].sort()).toEqual([0, 1, 2, 3, 4, 5])
      for (let i = 1; i < ranked.length; i++) {
        const [before, after] = [ranked[i - 1]!, ranked[i]!]
        const order = [values[before]! - values[after]!, ties[before]! - ties[after]!, after - before]
        expect(order.find((difference) => difference !== 0)).toBeGreaterThan(0)
      }
    }),
  )
  expect(ranking(bounded([0.25, 0.5, 0.25]))).toEqual([1, 0, 2])
})

test('the likeliest label is certain when no other can come as high as it can fall', () => {
  expect(isCertain(bounded([0.5, 0.3], [0.4, 0.2], [0.6, 0.39]), 0)).toBe(true)
  expect(isCertain(bounded([0.5, 0.3], [0.4, 0.2], [0.6, 0.4]), 0)).toBe(false)
  expect(isCertain(bounded([0.3, 0.5], [0.2, 0.4], [0.45, 0.6]), 1)).toBe(false)
})
