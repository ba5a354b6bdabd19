import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { healedRoot } from '../../../src/core/lattice/healing.ts'
import { defineVocabulary } from '../../../src/core/lattice/vocabulary.ts'
import { characters, type Toy, toyArbitrary } from './toy.ts'

const encode = (text: string) => new TextEncoder().encode(text)
const textArbitrary = fc.array(fc.constantFrom(...characters), { maxLength: 8 }).map((parts) => encode(parts.join('')))

/** Whether some token begins at `start` of the text and goes on behind its end. */
function crosses({ vocabulary }: Toy, text: Uint8Array, start: number): boolean {
  const tail = text.subarray(start)
  return vocabulary.bytes.some(
    (token) => token.length > tail.length && tail.length > 0 && tail.every((byte, index) => token[index] === byte),
  )
}

describe('the root of a prompt', () => {
  test('is the last border of its tokenization behind which every token begins that crosses the end', () => {
    fc.assert(
      fc.property(toyArbitrary, textArbitrary, (toy, text) => {
        const tokens = Int32Array.from(toy.tokenize(text))
        const { tokens: root, rest, own } = healedRoot(tokens, text, toy.vocabulary)
        expect([...root, ...own]).toEqual([...tokens])
        const start = text.length - rest.length
        const lengthOf = (ids: Iterable<number>) =>
          [...ids].reduce((sum, id) => sum + toy.vocabulary.bytes[id]!.length, 0)
        expect(lengthOf(root)).toBe(start)
        for (let at = 0; at < start; at++) expect(crosses(toy, text, at)).toBe(false)
        // One border later would be too late, or the end.
        const next = start + lengthOf(own.slice(0, 1))
        const between = Array.from({ length: next - start }, (_, index) => start + index)
        expect(own.length === 0 || between.some((at) => crosses(toy, text, at))).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  const bytes = ['', 'a', 'b', ' ', ' a', 'ab', ' ab'].map(encode)
  const vocabulary = defineVocabulary({ bytes, end: [0], control: [] })

  test('keeps tokens of no bytes in front, and the blank that a tokenizer puts before a text', () => {
    const healed = healedRoot(Int32Array.of(0, 2, 1), encode('ba'), vocabulary)
    expect([[...healed.tokens], [...healed.rest]]).toEqual([[0, 2], [...encode('a')]])
    const blank = healedRoot(Int32Array.of(0, 3, 2, 1), encode('ba'), vocabulary)
    expect([[...blank.tokens], [...blank.rest]]).toEqual([[0, 3, 2], [...encode('a')]])
  })

  test('is the whole prompt where its border lies before the text, or the tokens spell another text', () => {
    // " a" begins before the text, with the blank that is not the text's.
    const before = healedRoot(Int32Array.of(0, 4), encode('a'), vocabulary)
    expect([[...before.tokens], before.rest.length, before.own.length]).toEqual([[0, 4], 0, 0])
    const other = healedRoot(Int32Array.of(2, 2), encode('ba'), vocabulary)
    expect([[...other.tokens], other.rest.length]).toEqual([[2, 2], 0])
    const shorter = healedRoot(Int32Array.of(1), encode('ba'), vocabulary)
    expect([[...shorter.tokens], shorter.rest.length]).toEqual([[1], 0])
  })

  test('looks back over 64 bytes and no more', () => {
    const long = (length: number) => 'x'.repeat(length)
    const blanks = defineVocabulary({ bytes: ['', 'x', long(80)].map(encode), end: [0], control: [] })
    const text = encode(long(70))
    const { tokens, rest } = healedRoot(new Int32Array(70).fill(1), text, blanks)
    expect([tokens.length, rest.length]).toEqual([6, 64])
  })
})
