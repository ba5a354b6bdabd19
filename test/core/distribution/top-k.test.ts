import fc from 'fast-check'
import { expect, test } from 'vitest'
import { topK } from '../../../src/core/distribution/top-k.ts'

// Few different values, so that many are equal.
const values = fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 80 })

test('the k largest come out largest first, equals by index: as sorting them all would have it', () => {
  fc.assert(
    fc.property(values, fc.nat(90), (numbers, k) => {
      const floats = Float32Array.from(numbers)
      const sorted = [...floats.keys()].sort((a, b) => floats[b]! - floats[a]! || a - b)
      expect([...topK(floats, k)]).toEqual(sorted.slice(0, k))
    }),
    { numRuns: 2000 },
  )
})

test('of no values, or none asked for, nothing comes out', () => {
  expect(topK(new Float32Array(0), 5)).toHaveLength(0)
  expect(topK(Float32Array.of(1, 2), 0)).toHaveLength(0)
})
