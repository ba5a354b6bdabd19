import fc from 'fast-check'
import type { Candidate } from '../../../src/core/answer/candidate.ts'

const authors = ['a', 'b', 'c', 'd'] as const

/** Texts of few words, so that some agree and some nearly do. */
export const textArbitrary = fc
  .array(fc.constantFrom('yes', 'no', 'the', 'cat', 'sat', 'sad', '42', 'ä', '猫'), { maxLength: 4 })
  .map((words) => words.join(' '))

/** Weights by author, of which some are 0, and up to ten of their answers; some say nothing. */
export const candidatesArbitrary: fc.Arbitrary<Candidate[]> = fc
  .record({
    weights: fc.array(fc.constantFrom(0, 0.1, 0.2, 0.25, 0.3, 1), { minLength: 4, maxLength: 4 }),
    answers: fc.array(
      fc.record({
        by: fc.nat(3),
        text: textArbitrary,
        says: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, fc.constant(false)),
      }),
      { minLength: 1, maxLength: 10 },
    ),
  })
  .map(({ weights, answers }) =>
    answers.map(({ by, text, says }) => ({
      author: authors[by] as string,
      text,
      form: says ? text.trim() : null,
      weight: (weights[by] as number) / answers.filter((other) => other.by === by).length,
    })),
  )

/** An order for a list: places by which it can be rearranged. */
export function permutationOf(count: number): fc.Arbitrary<number[]> {
  const places = Array.from({ length: count }, (_, place) => place)
  return fc.shuffledSubarray(places, { minLength: count, maxLength: count })
}
