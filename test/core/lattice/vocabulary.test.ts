import fc from 'fast-check'
import { expect, test } from 'vitest'
import { defineVocabulary } from '../../../src/core/lattice/vocabulary.ts'

const encode = (text: string) => new TextEncoder().encode(text)

test('text tokens are ranked by their bytes, equal ones by id, and no other token has a rank', () => {
  const tokensArbitrary = fc.array(fc.uint8Array({ minLength: 1, maxLength: 3, max: 3 }), {
    minLength: 1,
    maxLength: 30,
  })
  fc.assert(
    fc.property(tokensArbitrary, (tokens) => {
      const bytes = [encode(''), ...tokens, encode('')]
      const { idAt, rankOf, longest, size } = defineVocabulary({ bytes, end: [0], control: [bytes.length - 1] })
      const expected = [...tokens.keys()]
        .map((index) => index + 1)
        .sort((a, b) => Buffer.compare(bytes[a]!, bytes[b]!) || a - b)
      expect([...idAt]).toEqual(expected)
      expect([...rankOf]).toEqual([-1, ...tokens.map((_, index) => expected.indexOf(index + 1)), -1])
      expect(longest).toBe(Math.max(...tokens.map(({ length }) => length)))
      expect(size).toBe(bytes.length)
    }),
  )
})

test('a vocabulary may be all text, from its first id on', () => {
  const { idAt, rankOf } = defineVocabulary({ bytes: ['b', 'a'].map(encode), end: [], control: [] })
  expect([[...idAt], [...rankOf]]).toEqual([
    [1, 0],
    [1, 0],
  ])
})

test.each([
  { end: [3], control: [] },
  { end: [], control: [3] },
  { end: [-1], control: [] },
  { end: [0.5], control: [] },
])('a special id outside the vocabulary is refused: %j', (special) => {
  const bytes = ['', 'a', 'b'].map(encode)
  expect(() => defineVocabulary({ bytes, ...special })).toThrow(/outside the vocabulary of 3 tokens/)
})

test('a text token without bytes is refused', () => {
  expect(() => defineVocabulary({ bytes: ['a', ''].map(encode), end: [], control: [] })).toThrow(/token 1 has no bytes/)
})
