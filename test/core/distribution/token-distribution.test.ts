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

  test('what breaks the laws is refused by name', () => {
    expect(codeOf(() => listed([0], [0.1]))).toBe('invalid_distribution')
    expect(codeOf(() => listed([10], [-1]))).toBe('invalid_distribution')
    expect(codeOf(() => listed([-1], [-1]))).toBe('invalid_distribution')
    expect(codeOf(() => listed([], [], 10, 5))).toBe('invalid_distribution')
    expect(codeOf(() => listed([0, 1], [-1, -2], 10, 5))).toBe('filtered_list')
  })
})
