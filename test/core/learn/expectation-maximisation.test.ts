import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fitLinearWeights } from '../../../src/core/learn/expectation-maximisation.ts'

const columns = fc
  .record({ members: fc.integer({ min: 1, max: 4 }), symbols: fc.integer({ min: 1, max: 40 }) })
  .chain(({ members, symbols }) =>
    fc.array(
      fc
        .array(fc.double({ min: 1e-4, max: 1, noNaN: true }), { minLength: symbols, maxLength: symbols })
        .map((values) => Float64Array.from(values)),
      { minLength: members, maxLength: members },
    ),
  )

function bitsOf(probabilities: Float64Array): number {
  return probabilities.reduce((sum, p) => sum - Math.log2(p), 0) / probabilities.length
}

describe('weights by expectation–maximisation', () => {
  test('no iteration is worse than the one before, and the weights stay on the simplex', () => {
    fc.assert(
      fc.property(columns, (probabilities) => {
        const { weights, bitsPerSymbol } = fitLinearWeights(probabilities)
        bitsPerSymbol.slice(1).forEach((bits, index) => {
          expect(bits).toBeLessThanOrEqual((bitsPerSymbol[index] as number) + 1e-9)
        })
        expect(weights.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9)
        expect(Math.min(...weights)).toBeGreaterThanOrEqual(0)
      }),
    )
  })

  test('at the optimum mean(p/q) is at most 1, and 1 where the weight is above 0', () => {
    fc.assert(
      fc.property(columns, (probabilities) => {
        const { weights } = fitLinearWeights(probabilities, { tolerance: 0, maxIterations: 20_000 })
        const symbols = (probabilities[0] as Float64Array).length
        probabilities.forEach((own, m) => {
          let ratio = 0
          for (let x = 0; x < symbols; x++) {
            const fused = probabilities.reduce(
              (sum, column, other) => sum + (weights[other] as number) * (column[x] as number),
              0,
            )
            ratio += (own[x] as number) / fused / symbols
          }
          expect(ratio).toBeLessThan(1.01)
          if ((weights[m] as number) > 0.05) expect(ratio).toBeGreaterThan(0.99)
        })
      }),
      { numRuns: 40 },
    )
  })

  test('it ends with the first iteration that gains less than the tolerance, or the last that is allowed', () => {
    const probabilities = [Float64Array.of(0.5, 0.1, 0.3), Float64Array.of(0.2, 0.6, 0.3)]
    const { bitsPerSymbol } = fitLinearWeights(probabilities, { tolerance: 1e-3 })
    const gains = bitsPerSymbol.slice(1).map((bits, index) => (bitsPerSymbol[index] as number) - bits)
    expect(gains.length).toBeGreaterThan(1)
    expect(gains.slice(0, -1).every((gain) => gain >= 1e-3)).toBe(true)
    expect(gains.at(-1)).toBeLessThan(1e-3)
    expect(fitLinearWeights(probabilities, { tolerance: 0, maxIterations: 3 }).bitsPerSymbol).toHaveLength(4)
    expect(fitLinearWeights(probabilities, { maxIterations: 0 }).weights).toEqual([0.5, 0.5])
  })

  test('the fitted pool is no worse than its best member', () => {
    fc.assert(
      fc.property(columns, (probabilities) => {
        const { bitsPerSymbol } = fitLinearWeights(probabilities)
        expect(bitsPerSymbol.at(-1)).toBeLessThanOrEqual(Math.min(...probabilities.map(bitsOf)) + 1e-4)
      }),
    )
  })
})
