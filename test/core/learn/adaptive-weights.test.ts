import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bayesWeights } from '../../../src/core/learn/bayes-weights.ts'
import { promptFitWeights } from '../../../src/core/learn/prompt-fit-weights.ts'
import { renormalised } from '../../../src/core/pool/weights.ts'

const members = fc.integer({ min: 1, max: 5 })
const positive = fc.double({ min: 1e-3, max: 1, noNaN: true })

/** Members' probabilities of each symbol that came, and weights before the first. */
const texts = members.chain((count) =>
  fc.record({
    prior: fc.array(positive, { minLength: count, maxLength: count }).map(renormalised),
    steps: fc.array(fc.array(positive, { minLength: count, maxLength: count }), { minLength: 1, maxLength: 60 }),
  }),
)

const sumOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0)

describe('Bayesian weights', () => {
  test('regret: the loss exceeds no member’s by more than ln 1/w, and is that of the mixture of whole texts', () => {
    fc.assert(
      fc.property(texts, ({ prior, steps }) => {
        const logProbs = prior.map(() => 0)
        let loss = 0
        for (const probabilities of steps) {
          const weights = bayesWeights(prior, logProbs)
          expect(sumOf(weights)).toBeCloseTo(1, 12)
          loss -= Math.log(sumOf(weights.map((weight, m) => weight * (probabilities[m] as number))))
          probabilities.forEach((p, m) => {
            logProbs[m] = (logProbs[m] as number) + Math.log(p)
          })
        }
        prior.forEach((weight, m) => {
          expect(loss).toBeLessThanOrEqual(-(logProbs[m] as number) + Math.log(1 / weight) + 1e-9)
        })
        const whole = -Math.log(sumOf(prior.map((weight, m) => weight * Math.exp(logProbs[m] as number))))
        expect(loss).toBeCloseTo(whole, 8)
      }),
    )
  })

  test('before the first symbol they are the prior, and a member of no weight never gains any', () => {
    expect(bayesWeights([0.25, 0.75, 0], [0, 0, 0])).toEqual([0.25, 0.75, 0])
    expect(bayesWeights([0.5, 0.5, 0], [-9, -9, 0])).toEqual([0.5, 0.5, 0])
  })

  test('a member that rules the text out loses its weight; when all do, the prior stays', () => {
    expect(bayesWeights([0.5, 0.25, 0.25], [-Infinity, -1000, -1000])).toEqual([0, 0.5, 0.5])
    expect(bayesWeights([0.5, 0.5], [-Infinity, -Infinity])).toEqual([0.5, 0.5])
  })
})

describe('weights by the prompt', () => {
  const bits = fc.array(fc.double({ min: 0, max: 8, noNaN: true }), { minLength: 1, maxLength: 5 })

  test('they sum to 1, and fewer bits never weigh less', () => {
    fc.assert(
      fc.property(bits, fc.double({ min: 0.01, max: 10, noNaN: true }), (own, temperature) => {
        const weights = promptFitWeights(own, temperature)
        expect(sumOf(weights)).toBeCloseTo(1, 12)
        own.forEach((a, i) => {
          own.forEach((b, j) => {
            if (a < b) expect(weights[i]).toBeGreaterThanOrEqual(weights[j] as number)
          })
        })
      }),
    )
  })

  test('the ratio of two weights is exp of their difference in bits over the temperature', () => {
    const [first, second] = promptFitWeights([1.5, 2], 0.25) as [number, number]
    expect(first / second).toBeCloseTo(Math.exp(2), 12)
  })

  test('who has not read the prompt has no weight; when nobody has, all weigh the same', () => {
    expect(promptFitWeights([null, 3, 3], 1)).toEqual([0, 0.5, 0.5])
    expect(promptFitWeights([null, null], 1)).toEqual([0.5, 0.5])
  })
})
