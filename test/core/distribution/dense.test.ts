import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fromDense } from '../../../src/core/distribution/dense.ts'
import { fromListedTokens } from '../../../src/core/distribution/token-distribution.ts'

const ids = Int32Array.of(0, 1, 2, 3)
const listed = (logProbs: number[]) => fromListedTokens({ ids, logProbs, vocabularySize: 4, topK: 4 })

test('a list of all tokens in order of ids is read as any list', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: -998, max: 0, noNaN: true }), { minLength: 4, maxLength: 4 }), (logProbs) => {
      expect(fromDense(logProbs, ids)).toEqual(listed(logProbs))
    }),
  )
})

test.each([-999, -9999, Number.NaN, Number.NEGATIVE_INFINITY, 1e-6])('also with an entry of %d', (logProb) => {
  const logProbs = [-1, -2, logProb, -3]
  expect(fromDense(logProbs, ids)).toEqual(listed(logProbs))
  expect(fromDense([-998.5, 0, -1, -1], ids).ids.length).toBe(4)
})

test('what breaks the laws is refused', () => {
  expect(() => fromDense([-1, 0.5, -1, -1], ids)).toThrow(/above 0/)
})
