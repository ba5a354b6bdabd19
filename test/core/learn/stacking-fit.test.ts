import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { atPlaces, type Foretold } from '../../../src/core/learn/foretold.ts'
import { equalPool, fitStacking } from '../../../src/core/learn/stacking-fit.ts'
import type { StackingRows } from '../../../src/core/pool/stacking.ts'
import { foretoldArbitrary, normalisedRows } from './foretold-arbitrary.ts'

/** By the definition: a row a label, bias first, then member after member. */
function scoresAt({ size, logProbs }: Foretold, place: number, coefficients: StackingRows): number[] {
  return coefficients.map((row) =>
    logProbs.reduce(
      (sum, own, m) =>
        sum +
        Array.from({ length: size }, (_, y) => (row[1 + m * size + y] as number) * own[place * size + y]!).reduce(
          (a, b) => a + b,
          0,
        ),
      row[0] as number,
    ),
  )
}

function lossOf(foretold: Foretold, coefficients: StackingRows): number {
  let loss = 0
  foretold.outcomes.forEach((outcome, place) => {
    const scores = scoresAt(foretold, place, coefficients)
    loss += Math.log(scores.reduce((sum, score) => sum + Math.exp(score), 0)) - (scores[outcome] as number)
  })
  return loss / foretold.outcomes.length
}

function awayFrom(a: StackingRows, b: StackingRows): number {
  return a.flat().reduce((sum, value, i) => sum + (value - (b.flat()[i] as number)) ** 2, 0)
}

describe('stacking', () => {
  test('loses no more than the equal log-linear pool it starts from', () => {
    fc.assert(
      fc.property(foretoldArbitrary, (foretold) => {
        const pool = equalPool(foretold.size, foretold.logProbs.length)
        const fitted = fitStacking(foretold, 0.01)
        const objective = lossOf(foretold, fitted) + 0.005 * awayFrom(fitted, pool)
        expect(objective).toBeLessThanOrEqual(lossOf(foretold, pool) + 1e-9)
      }),
      { numRuns: 40 },
    )
  })

  test('is the optimum: no small change of a coefficient is better', () => {
    fc.assert(
      fc.property(foretoldArbitrary, (foretold) => {
        const pool = equalPool(foretold.size, foretold.logProbs.length)
        const fitted = fitStacking(foretold, 0.1)
        const objective = (at: StackingRows) => lossOf(foretold, at) + 0.05 * awayFrom(at, pool)
        const least = objective(fitted)
        for (let label = 0; label < foretold.size; label++) {
          for (const by of [-0.01, 0.01]) {
            const moved = fitted.map((row, y) => row.map((value, i) => value + (y === label && i === 1 ? by : 0)))
            expect(objective(moved)).toBeGreaterThanOrEqual(least - 1e-8)
          }
        }
      }),
      { numRuns: 20 },
    )
  })

  test('the stronger the pull, the nearer to that pool', () => {
    fc.assert(
      fc.property(foretoldArbitrary, (foretold) => {
        const pool = equalPool(foretold.size, foretold.logProbs.length)
        const away = (strength: number) => awayFrom(fitStacking(foretold, strength), pool)
        expect(away(1)).toBeLessThanOrEqual(away(0.1) + 1e-6)
        expect(away(1e6)).toBeLessThan(1e-6)
      }),
      { numRuns: 20 },
    )
  })

  test('permuting labels permutes what it says', () => {
    fc.assert(
      fc.property(foretoldArbitrary, (foretold) => {
        const { size, outcomes, logProbs } = foretold
        const reversed: Foretold = {
          size,
          outcomes: outcomes.map((outcome) => size - 1 - outcome),
          logProbs: logProbs.map((own) =>
            own.map((_, index) => own[index - (index % size) + size - 1 - (index % size)]!),
          ),
        }
        const plain = scoresAt(foretold, 0, fitStacking(foretold, 0.1))
        const turned = scoresAt(reversed, 0, fitStacking(reversed, 0.1)).reverse()
        const centred = (scores: number[]) => scores.map((score) => score - scores[0]!)
        centred(plain).forEach((score, y) => {
          expect(centred(turned)[y]).toBeCloseTo(score, 4)
        })
      }),
      { numRuns: 20 },
    )
  })

  test('learns to read a member that is always wrong in the same way', () => {
    const outcomes = Int32Array.from({ length: 60 }, (_, place) => (place * 7) % 3)
    const shifted = Array.from(outcomes).flatMap((outcome) =>
      [0, 1, 2].map((x) => (x === (outcome + 1) % 3 ? 0.8 : 0.1)),
    )
    const foretold = { size: 3, outcomes, logProbs: [normalisedRows(shifted, 3)] }
    const fitted = fitStacking(atPlaces(foretold, [...outcomes.keys()].slice(0, 30)), 1e-3)
    for (let place = 30; place < 60; place++) {
      const scores = scoresAt(foretold, place, fitted)
      expect(scores.indexOf(Math.max(...scores))).toBe(outcomes[place])
    }
  })
})
