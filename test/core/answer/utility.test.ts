import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type UtilityKind, utilityOver } from '../../../src/core/answer/utility.ts'
import { textArbitrary } from './candidates.ts'

function utility(kind: UtilityKind, hypothesis: string, reference: string): number {
  return utilityOver(kind, [hypothesis, reference])(0, 1)
}

const texts = fc.oneof(textArbitrary, fc.string({ unit: 'grapheme', maxLength: 12 }))

describe.each<UtilityKind>(['exact', 'chrf', 'token_f1'])('%s', (kind) => {
  test('is in [0, 1], and 1 for a text and itself', () => {
    fc.assert(
      fc.property(texts, texts, (one, other) => {
        const value = utility(kind, one, other)
        expect(value).toBeGreaterThanOrEqual(0)
        expect(value).toBeLessThanOrEqual(1 + 1e-12)
        expect(utility(kind, one, one)).toBe(1)
      }),
    )
  })

  test('is 0 for texts that share no character', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[abc ]+$/), fc.stringMatching(/^[xyz ]*[xyz][xyz ]*$/), (one, other) => {
        expect(utility(kind, one, other)).toBe(0)
      }),
    )
  })
})

// What sacreBLEU 2.6.0 gives, `CHRF(char_order=6, word_order=0, beta=2).sentence_score(hypothesis, [reference])`.
test.each([
  ['the cat sat', 'the cat sat on the mat', 0.4959348409966008],
  ['the cat sat on the mat', 'the cat sat', 0.7973855444246795],
  ['a', 'ab', 0.5555555555555556],
  ['colour', 'color', 0.5516921650440426],
  ['Der Hund schläft heute lang.', 'Der Hund schlief gestern lang.', 0.5006017413965554],
  ['猫が好き', '猫は好き', 0.2708333333333333],
  ['abc', 'xyz', 0],
])("chrF of %j against %j is sacreBLEU's", (hypothesis, reference, expected) => {
  expect(utility('chrf', hypothesis, reference)).toBeCloseTo(expected, 12)
})

test('token F1 counts words however they are written, each as often as both have it', () => {
  expect(utility('token_f1', 'The cat, the cat!', 'THE CAT')).toBeCloseTo(2 / 3, 12)
  expect(utility('token_f1', 'in Paris', 'Paris, France')).toBeCloseTo(1 / 2, 12)
})
