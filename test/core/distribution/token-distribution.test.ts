import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromListedTokens } from '../../../src/core/distribution/token-distribution.ts'
import { TuttiError } from '../../../src/errors.ts'

const listed = (ids: number[], logProbs: number[], vocabularySize = 10, topK = ids.length) =>
  fromListedTokens({ ids, logProbs, vocabularySize, topK })

function codeOf(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (error instanceof TuttiError) return error.code
  }
  return 'nothing was thrown'
}

describe('fromListedTokens', () => {
  test('listed and unlisted mass sum to 1', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.001, max: 1, noNaN: true }), { minLength: 1, maxLength: 9 }),
        (values) => {
          const total = values.reduce((a, b) => a + b, 0) * 1.25
          const { logProbs, unlisted, smallest } = listed(
            [...values.keys()],
            values.map((value) => Math.log(value / total)),
          )
          expect(logProbs.reduce((sum, logProb) => sum + Math.exp(logProb), unlisted)).toBeCloseTo(1, 12)
          expect(smallest).toBeCloseTo(Math.min(...values) / total, 12)
        },
      ),
    )
  })

  test.each([-9999, -1000, -3.4e38, Number.NEGATIVE_INFINITY, Number.NaN])('%d means not listed', (logProb) => {
    expect([...listed([1, 2], [Math.log(0.5), logProb]).ids]).toEqual([1])
  })

  test('a sum that rounding takes above 1 hides nothing, and no less', () => {
    expect(listed([0, 1], [Math.log(0.5), Math.log(0.5) + 1e-7]).unlisted).toBe(0)
  })

  test('a sampled token behind the top-k does not lower the bound on unlisted tokens', () => {
    const { smallest, ids } = listed([0, 1, 7], [Math.log(0.5), Math.log(0.3), Math.log(0.001)], 10, 2)
    expect(smallest).toBeCloseTo(0.3, 12)
    expect([...ids]).toEqual([0, 1, 7])
  })

  test('one id counts once', () => {
    expect(listed([3, 3], [Math.log(0.5), Math.log(0.5)]).unlisted).toBeCloseTo(0.5, 12)
  })

  test('a list of the whole vocabulary hides nothing', () => {
    const { unlisted, smallest } = listed([0, 1], [Math.log(0.4), Math.log(0.5)], 2)
    expect([unlisted, smallest]).toEqual([0, 0])
  })

  test('a log-probability that rounding takes above 0 is 0, and one of −998 is listed', () => {
    expect([...listed([1], [1e-6]).logProbs]).toEqual([0])
    expect([...listed([1, 2], [-1, -998]).ids]).toEqual([1, 2])
  })

  test('a list as long as was asked for, or as the vocabulary is, is not filtered', () => {
    expect(listed([0, 1], [-1, -2], 10, 2).ids.length).toBe(2)
    expect(listed([0, 1], [-1, -2], 2, 50).ids.length).toBe(2)
    expect(listed([0, 1], [-1, Number.NaN], 2, 2).unlisted).toBeCloseTo(1 - Math.exp(-1), 12)
  })

  test('what breaks the laws is refused by name', () => {
    expect(codeOf(() => listed([0.5], [-1]))).toBe('invalid_distribution')
    expect(codeOf(() => listed([0], [2e-5]))).toBe('invalid_distribution')
    expect(codeOf(() => listed([], [], 10, 0))).toBe('invalid_distribution')
    expect(codeOf(() => listed([0], [0.1]))).toBe('invalid_distribution')
    expect(codeOf(() => listed([10], [-1]))).toBe('invalid_distribution')
    expect(codeOf(() => listed([-1], [-1]))).toBe('invalid_distribution')
    expect(codeOf(() => listed([], [], 10, 5))).toBe('invalid_distribution')
    expect(codeOf(() => listed([0, 1], [-1, -2], 10, 5))).toBe('filtered_list')
  })
})
