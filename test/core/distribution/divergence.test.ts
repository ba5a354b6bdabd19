import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { jensenShannon, klDivergence } from '../../../src/core/distribution/divergence.ts'
import { entropy, entropyWithin } from '../../../src/core/distribution/entropy.ts'

const size = 6
const distribution = fc
  .array(fc.integer({ min: 0, max: 100 }), { minLength: size, maxLength: size })
  .filter((values) => values.some((value) => value > 0))
  .map((values) => {
    const sum = values.reduce((a, b) => a + b, 0)
    return Float64Array.from(values, (value) => value / sum)
  })
const variation = (p: Float64Array, q: Float64Array) =>
  p.reduce((sum, value, x) => sum + Math.abs(value - q[x]!) / 2, 0)

describe('entropy', () => {
  test('is 0 for a certainty and log2 n for a flat distribution', () => {
    expect(entropy(Float64Array.of(0, 1, 0))).toBe(0)
    expect(entropy(new Float64Array(8).fill(1 / 8))).toBeCloseTo(3, 12)
  })

  test('lies within its bounds for every distribution within the total variation', () => {
    fc.assert(
      fc.property(distribution, distribution, (p, q) => {
        const { low, high } = entropyWithin(entropy(p), variation(p, q), size)
        expect(entropy(q)).toBeGreaterThanOrEqual(low - 1e-9)
        expect(entropy(q)).toBeLessThanOrEqual(high + 1e-9)
      }),
      { numRuns: 5000 },
    )
  })

  test('has no interval without variation, and a vacuous one where anything is possible', () => {
    expect(entropyWithin(1.5, 0, 8)).toEqual({ low: 1.5, high: 1.5 })
    expect(entropyWithin(1.5, 0.95, 8)).toEqual({ low: 0, high: 3 })
  })
})

describe('divergence', () => {
  test('KL is 0 from itself, positive from others (Pinsker), infinite where q has no mass', () => {
    fc.assert(
      fc.property(distribution, distribution, (p, q) => {
        expect(klDivergence(p, p)).toBe(0)
        const distance = variation(p, q)
        expect(klDivergence(p, q)).toBeGreaterThanOrEqual((2 * distance * distance) / Math.LN2 - 1e-9)
      }),
    )
    expect(klDivergence(Float64Array.of(0.5, 0.5), Float64Array.of(1, 0))).toBe(Number.POSITIVE_INFINITY)
  })

  test('Jensen–Shannon is the weighted mean KL to the mixture, and at most the entropy of the weights', () => {
    fc.assert(
      fc.property(distribution, distribution, fc.nat(1000), (p, q, thousandths) => {
        const share = thousandths / 1000
        const weights = [share, 1 - share]
        const mixture = p.map((value, x) => share * value + (1 - share) * q[x]!)
        const expected = share * klDivergence(p, mixture) + (1 - share) * klDivergence(q, mixture)
        expect(jensenShannon([p, q], weights)).toBeCloseTo(share === 0 || share === 1 ? 0 : expected, 9)
        expect(jensenShannon([p, q], weights)).toBeLessThanOrEqual(entropy(Float64Array.from(weights)) + 1e-9)
      }),
    )
  })
})
