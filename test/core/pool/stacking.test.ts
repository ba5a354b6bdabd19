import fc from 'fast-check'
import { expect, test } from 'vitest'
import { labelDistribution } from '../../../src/core/classify/label-distribution.ts'
import { equalPool } from '../../../src/core/learn/stacking-fit.ts'
import { logLinearPool } from '../../../src/core/pool/log-linear.ts'
import { stackedPool } from '../../../src/core/pool/stacking.ts'

const labels = 3
const score = fc
  .tuple(fc.double({ min: -8, max: 0, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([logProb, around]) => ({ logProb, low: logProb - around, high: logProb + around }))
const scores = fc.array(score, { minLength: labels, maxLength: labels })
const row = fc.array(fc.double({ min: -3, max: 3, noNaN: true }), {
  minLength: 1 + 2 * labels,
  maxLength: 1 + 2 * labels,
})
const rows = fc.array(row, { minLength: labels, maxLength: labels })

test('stacking is softmax over labels of bias and weighed log-probabilities, member after member', () => {
  fc.assert(
    fc.property(scores, scores, rows, (a, b, coefficients) => {
      const members = [labelDistribution(a, 1), labelDistribution(b, 1)]
      const columns = members.flatMap(({ probabilities }) => [...probabilities].map(Math.log))
      const logits = coefficients.map(([bias, ...row]) => row.reduce((sum, c, i) => sum + c * columns[i]!, bias!))
      const whole = logits.reduce((sum, logit) => sum + Math.exp(logit - Math.max(...logits)), 0)
      const { probabilities, low, high } = stackedPool(members, coefficients)
      for (const [label, p] of probabilities.entries()) {
        expect(p).toBeCloseTo(Math.exp(logits[label]! - Math.max(...logits)) / whole, 9)
        expect(low[label]!).toBeLessThanOrEqual(p)
        expect(high[label]!).toBeGreaterThanOrEqual(p)
      }
      expect(probabilities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12)
    }),
  )
})

test('its bounds hold whatever the members say within theirs', () => {
  const places = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 2 * labels, maxLength: 2 * labels })
  fc.assert(
    fc.property(scores, scores, rows, places, (a, b, coefficients, where) => {
      const within = (all: typeof a, from: number) =>
        all.map(({ low, high }, label) => {
          const logProb = low + where[from + label]! * (high - low)
          return { logProb, low: logProb, high: logProb }
        })
      const bounds = stackedPool([labelDistribution(a, 1), labelDistribution(b, 1)], coefficients)
      const truth = stackedPool(
        [labelDistribution(within(a, 0), 1), labelDistribution(within(b, labels), 1)],
        coefficients,
      )
      for (const [label, p] of truth.probabilities.entries()) {
        expect(p).toBeGreaterThanOrEqual(bounds.low[label]! - 1e-9)
        expect(p).toBeLessThanOrEqual(bounds.high[label]! + 1e-9)
      }
    }),
  )
})

test('the coefficients that fitting starts from are the logarithmic pool of equal weights', () => {
  fc.assert(
    fc.property(scores, scores, (a, b) => {
      const members = [labelDistribution(a, 1), labelDistribution(b, 1)]
      const stacked = stackedPool(members, equalPool(labels, 2))
      const pooled = logLinearPool(members, [0.5, 0.5])
      expect([...stacked.probabilities]).toEqual([...pooled.probabilities].map((p) => expect.closeTo(p, 9)))
    }),
  )
})
