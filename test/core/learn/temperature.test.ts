import { expect, test } from 'vitest'
import { scaled } from '../../../src/core/learn/temperature.ts'

test('scores are scaled and normalised, however large or small they are', () => {
  expect(scaled([1000, 999], 1)).toEqual([
    expect.closeTo(-Math.log1p(Math.exp(-1)), 12),
    expect.closeTo(-1 - Math.log1p(Math.exp(-1)), 12),
  ])
  expect(scaled([-1000, -1000], 0.5)).toEqual([expect.closeTo(-Math.LN2, 12), expect.closeTo(-Math.LN2, 12)])
  // Half the temperature, twice the distance.
  const [one, other] = scaled([3, 1], 0.5) as [number, number]
  expect(one - other).toBeCloseTo(4, 12)
})
