import fc from 'fast-check'
import { expect, test } from 'vitest'
import { argmax, logSoftmax } from '../../../src/core/distribution/log-softmax.ts'

const logits = fc.array(fc.float({ min: -80, max: 80, noNaN: true }), { minLength: 1, maxLength: 20 })

test('log-probabilities are the logits less the logarithm of the sum of their exponentials', () => {
  fc.assert(
    fc.property(logits, fc.nat(5), fc.nat(5), (values, before, after) => {
      // What lies around the position is another position's.
      const all = Float32Array.from([...Array(before).fill(77), ...values, ...Array(after).fill(-3)])
      const found = logSoftmax(all, before, values.length)
      const total = Math.log(values.reduce((sum, value) => sum + Math.exp(value - 80), 0)) + 80
      expect(found).toHaveLength(values.length)
      for (const [i, value] of values.entries()) expect(found[i]).toBeCloseTo(value - total, 4)
    }),
  )
})

test('logits that would overflow as exponentials are no harm; −Infinity is an impossible token', () => {
  const found = logSoftmax(Float32Array.of(5000, Number.NEGATIVE_INFINITY, 5000), 0, 3)
  expect([...found]).toEqual([Math.fround(-Math.LN2), Number.NEGATIVE_INFINITY, Math.fround(-Math.LN2)])
})

test.each([
  [[Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]],
  [[Number.NaN, Number.NaN]],
  [[0, Number.POSITIVE_INFINITY]],
])('%j is no distribution', (values) => {
  expect(() => logSoftmax(Float32Array.from(values), 0, values.length)).toThrow(/no finite logit/)
})

test('the largest of equals is the first', () => {
  expect(argmax(Float32Array.of(-3, 2, -1, 2))).toBe(1)
  expect(argmax(Float32Array.of(4, 2))).toBe(0)
})
