import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fromDense } from '../../src/core/distribution/dense.ts'
import { argmax, logSoftmax } from '../../src/core/distribution/log-softmax.ts'
import { fromListedTokens } from '../../src/core/distribution/token-distribution.ts'
import { topK } from '../../src/core/distribution/top-k.ts'

const logits = fc
  .array(fc.float({ noNaN: true, noDefaultInfinity: true, min: -80, max: 80 }), { minLength: 1, maxLength: 60 })
  .map((values) => Float32Array.from(values))

test('top-k is the head of the sorted list, equals in order of ids', () => {
  const coarse = logits.map((values) => values.map((value) => Math.round(value / 20)))
  fc.assert(
    fc.property(fc.oneof(logits, coarse), fc.nat(70), (values, k) => {
      const sorted = Array.from(values.keys()).sort((a, b) => values[b]! - values[a]! || a - b)
      expect([...topK(values, k)]).toEqual(sorted.slice(0, k))
      expect(argmax(values)).toBe(sorted[0])
    }),
  )
})

test('a log-softmax sums to 1 and keeps the differences of logits', () => {
  fc.assert(
    fc.property(logits, (values) => {
      const logProbs = logSoftmax(values, 0, values.length)
      expect(logProbs.reduce((sum, logProb) => sum + Math.exp(logProb), 0)).toBeCloseTo(1, 5)
      for (const [i, logProb] of logProbs.entries())
        expect(logProb - logProbs[0]!).toBeCloseTo(values[i]! - values[0]!, 3)
    }),
  )
})

test('a log-softmax reads its position only, and refuses logits of which none is finite', () => {
  expect(logSoftmax(Float32Array.of(9, 0, 0, 9), 1, 2)).toEqual(Float32Array.of(-Math.LN2, -Math.LN2))
  expect(logSoftmax(Float32Array.of(Number.NEGATIVE_INFINITY, 0), 0, 2)).toEqual(
    Float32Array.of(Number.NEGATIVE_INFINITY, 0),
  )
  expect(() => logSoftmax(Float32Array.of(Number.NaN, Number.NaN), 0, 2)).toThrow('finite')
})

test('the dense reading of a whole list is the listed reading of it', () => {
  fc.assert(
    fc.property(logits, (values) => {
      const logProbs = logSoftmax(values, 0, values.length)
      const ids = Int32Array.from(values.keys())
      expect(fromDense(logProbs, ids)).toEqual(
        fromListedTokens({ ids, logProbs, vocabularySize: ids.length, topK: ids.length }),
      )
    }),
  )
})

test('the dense reading keeps the rules for marks and rounding', () => {
  const ids = Int32Array.of(0, 1, 2)
  expect(fromDense([0.000001, -9999, Number.NEGATIVE_INFINITY], ids).ids).toEqual(Int32Array.of(0))
  expect(() => fromDense([0.1, -1, -1], ids)).toThrow('above 0')
  expect(() => fromDense([], ids)).toThrow('empty')
})
