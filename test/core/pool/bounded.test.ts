import { expect, test } from 'vitest'
import { variationWithin } from '../../../src/core/pool/bounded.ts'

test('the variation within bounds is what can rise or what can fall, whichever is less', () => {
  const within = (p: number[], low: number[], high: number[]) =>
    variationWithin({
      probabilities: Float64Array.from(p),
      low: Float64Array.from(low),
      high: Float64Array.from(high),
    })
  expect(within([0.5, 0.5], [0.5, 0.5], [0.5, 0.5])).toBe(0)
  expect(within([0.5, 0.5], [0.25, 0.25], [0.625, 0.75])).toBe(0.375)
  expect(within([0.5, 0.5], [0.375, 0.25], [1, 1])).toBe(0.375)
  expect(within([2, 2], [0, 0], [9, 9])).toBe(1)
})
