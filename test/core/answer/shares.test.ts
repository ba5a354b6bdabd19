import { expect, test } from 'vitest'
import { type Candidate, sharesOf } from '../../../src/core/answer/candidate.ts'

const candidate = (weight: number, form: string | null): Candidate => ({ author: 'm', text: form ?? '', form, weight })

test('shares are in proportion to weights, of those that say something; equal where weights say nothing', () => {
  expect(sharesOf([candidate(1, 'a'), candidate(3, 'b'), candidate(4, null)])).toEqual([0.25, 0.75, 0])
  expect(sharesOf([candidate(0, 'a'), candidate(0, 'b'), candidate(1, null)])).toEqual([0.5, 0.5, 0])
})
