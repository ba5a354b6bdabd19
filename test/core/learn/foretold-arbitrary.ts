import fc from 'fast-check'
import type { Foretold } from '../../../src/core/learn/foretold.ts'

/** Random distributions of 1 to 4 members over 2 to 6 symbols, and outcomes, at 1 to 40 places. */
export const foretoldArbitrary: fc.Arbitrary<Foretold> = fc
  .record({
    members: fc.integer({ min: 1, max: 4 }),
    size: fc.integer({ min: 2, max: 6 }),
    places: fc.integer({ min: 1, max: 40 }),
  })
  .chain(({ members, size, places }) =>
    fc.record({
      size: fc.constant(size),
      outcomes: fc
        .array(fc.integer({ min: 0, max: size - 1 }), { minLength: places, maxLength: places })
        .map((values) => Int32Array.from(values)),
      logProbs: fc.array(
        fc
          .array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: places * size, maxLength: places * size })
          .map((masses) => normalisedRows(masses, size)),
        { minLength: members, maxLength: members },
      ),
    }),
  )

/** Natural log-probabilities, row after row, of masses that are scaled to sum to 1 in each row. */
export function normalisedRows(masses: readonly number[], size: number): Float32Array {
  return Float32Array.from(masses, (mass, index) => {
    const start = index - (index % size)
    return Math.log(mass / masses.slice(start, start + size).reduce((sum, value) => sum + value, 0))
  })
}
