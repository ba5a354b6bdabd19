import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bestMember, meanLoss } from '../../../src/core/learn/foretold.ts'
import { logLinearLoss, logLinearQuadratic } from '../../../src/core/learn/log-linear-loss.ts'
import { fitLogLinearWeights } from '../../../src/core/learn/log-linear-weights.ts'
import { minimiseOnSimplex } from '../../../src/core/learn/simplex-quadratic.ts'
import { logLinearPool } from '../../../src/core/pool/log-linear.ts'
import { renormalised } from '../../../src/core/pool/weights.ts'
import { foretoldArbitrary, normalisedRows } from './foretold-arbitrary.ts'

const sumOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0)
const raw = fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: 4, maxLength: 4 })

describe('the loss of a log-linear pool', () => {
  test('is that of the pool itself, normaliser included', () => {
    fc.assert(
      fc.property(foretoldArbitrary, raw, (foretold, shares) => {
        const { size, outcomes, logProbs } = foretold
        const weights = renormalised(shares.slice(0, logProbs.length))
        let loss = 0
        outcomes.forEach((outcome, place) => {
          const members = logProbs.map((own) => {
            const probabilities = Float64Array.from(own.subarray(place * size, (place + 1) * size), Math.exp)
            return { probabilities, low: probabilities, high: probabilities, missing: 0 }
          })
          loss -= Math.log(logLinearPool(members, weights).probabilities[outcome] as number)
        })
        expect(logLinearLoss(foretold, weights)).toBeCloseTo(loss / outcomes.length, 9)
      }),
    )
  })

  test('its gradient and curvature are those of finite differences, and it is convex', () => {
    fc.assert(
      fc.property(foretoldArbitrary, raw, raw, (foretold, shares, others) => {
        const a = shares.slice(0, foretold.logProbs.length)
        const b = others.slice(0, foretold.logProbs.length)
        const { value, gradient, hessian } = logLinearQuadratic(foretold, a)
        expect(value).toBeCloseTo(logLinearLoss(foretold, a), 10)
        const h = 1e-5
        a.forEach((_, m) => {
          const moved = (by: number) => a.map((weight, n) => weight + (n === m ? by : 0))
          const slope = (logLinearLoss(foretold, moved(h)) - logLinearLoss(foretold, moved(-h))) / (2 * h)
          expect(gradient[m]).toBeCloseTo(slope, 6)
          const ahead = logLinearQuadratic(foretold, moved(h)).gradient
          const behind = logLinearQuadratic(foretold, moved(-h)).gradient
          a.forEach((_, n) => {
            expect(hessian[n]?.[m]).toBeCloseTo(((ahead[n] as number) - (behind[n] as number)) / (2 * h), 5)
          })
        })
        const middle = a.map((weight, m) => (weight + (b[m] as number)) / 2)
        const mean = (logLinearLoss(foretold, a) + logLinearLoss(foretold, b)) / 2
        expect(logLinearLoss(foretold, middle)).toBeLessThanOrEqual(mean + 1e-12)
      }),
      { numRuns: 50 },
    )
  })
})

describe('log-linear weights', () => {
  const strength = 1e-3

  test('they stay on the simplex, and lose no more than the best member', () => {
    fc.assert(
      fc.property(foretoldArbitrary, (foretold) => {
        const { weights, bitsPerSymbol } = fitLogLinearWeights(foretold, { strength })
        expect(sumOf(weights)).toBeCloseTo(1, 9)
        expect(Math.min(...weights)).toBeGreaterThanOrEqual(0)
        const best = meanLoss(foretold, bestMember(foretold)) / Math.LN2
        expect(bitsPerSymbol[0]).toBeCloseTo(best, 5)
        expect(bitsPerSymbol.at(-1)).toBeLessThanOrEqual(best + 1e-6)
      }),
    )
  })

  test('at the optimum the slope is the same for all that have weight, and no less for the others', () => {
    fc.assert(
      fc.property(foretoldArbitrary, (foretold) => {
        const { weights } = fitLogLinearWeights(foretold, { strength, tolerance: 1e-14 })
        const best = bestMember(foretold)
        const slopes = logLinearQuadratic(foretold, weights).gradient.map(
          (slope, m) => slope + strength * ((weights[m] as number) - (m === best ? 1 : 0)),
        )
        const least = Math.min(...slopes)
        weights.forEach((weight, m) => {
          if (weight > 1e-4) expect((slopes[m] as number) - least).toBeLessThan(1e-4)
        })
      }),
    )
  })

  test('the stronger the pull, the nearer to the best member alone', () => {
    fc.assert(
      fc.property(foretoldArbitrary, (foretold) => {
        const best = bestMember(foretold)
        const away = (pull: number) =>
          sumOf(
            fitLogLinearWeights(foretold, { strength: pull }).weights.map(
              (weight, m) => (weight - (m === best ? 1 : 0)) ** 2,
            ),
          )
        expect(away(1)).toBeLessThanOrEqual(away(0.01) + 1e-6)
        expect(away(1e6)).toBeLessThan(1e-6)
      }),
      { numRuns: 40 },
    )
  })

  test('a member that only adds noise gets nothing beside one that knows', () => {
    const outcomes = Int32Array.from({ length: 30 }, (_, place) => place % 3)
    const knows = normalisedRows(
      Array.from(outcomes).flatMap((outcome) => [0, 1, 2].map((x) => (x === outcome ? 0.8 : 0.1))),
      3,
    )
    const wrong = normalisedRows(
      Array.from(outcomes).flatMap((outcome) => [0, 1, 2].map((x) => (x === outcome ? 0.1 : 0.45))),
      3,
    )
    expect(fitLogLinearWeights({ size: 3, outcomes, logProbs: [wrong, knows] }).weights).toEqual([0, 1])
  })
})

test('a quadratic on the simplex: no point that was tried is lower', () => {
  const matrix = fc.array(fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 }), {
    minLength: 3,
    maxLength: 3,
  })
  const slopes = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 })
  fc.assert(
    fc.property(matrix, slopes, fc.array(raw, { minLength: 20, maxLength: 20 }), (factor, gradient, tried) => {
      const hessian = factor.map((row) =>
        factor.map((other) => sumOf(row.map((value, i) => value * (other[i] as number)))),
      )
      const start = [1, 0, 0]
      const value = (at: readonly number[]) => {
        const by = at.map((weight, m) => weight - (start[m] as number))
        const linear = sumOf(by.map((move, m) => move * (gradient[m] as number)))
        const curved = sumOf(by.map((move, m) => move * sumOf(by.map((other, n) => other * (hessian[m]?.[n] ?? 0)))))
        return linear + curved / 2
      }
      const found = minimiseOnSimplex(start, gradient, hessian)
      expect(sumOf(found)).toBeCloseTo(1, 9)
      expect(Math.min(...found)).toBeGreaterThanOrEqual(0)
      for (const shares of tried) {
        expect(value(found)).toBeLessThanOrEqual(value(renormalised(shares.slice(0, 3))) + 1e-6)
      }
    }),
  )
})
