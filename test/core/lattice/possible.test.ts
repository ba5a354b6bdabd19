import { expect, test } from 'vitest'
import { byteAlphabet, tokenAlphabet } from '../../../src/core/lattice/alphabet.ts'
import { possibleBytes, possibleTokens } from '../../../src/core/lattice/possible.ts'
import { utf8Next, utf8Start } from '../../../src/core/lattice/utf8.ts'
import { defineVocabulary } from '../../../src/core/lattice/vocabulary.ts'

// The end, "a", "ab", "é" whole and in halves, "é" with more, a control token, and the first two bytes of "語".
const tokens = [[], [0x61], [0xc3, 0xa9], [0xc3], [0xa9], [0xa9, 0x61], [], [0xe8, 0xaa], [0x61, 0x62]]
const vocabulary = defineVocabulary({ bytes: tokens.map((bytes) => Uint8Array.from(bytes)), end: [0], control: [6] })
const inside = utf8Next(utf8Start, 0xc3)
const on = (flags: Uint8Array) => [...flags.keys()].filter((x) => flags[x] === 1)

test('bytes: what keeps the text valid, and of that what some token begins with; the end between characters', () => {
  const { valid, begins, count } = possibleBytes(vocabulary, utf8Start)
  expect(on(valid)).toEqual([...Array(0x80).keys(), ...Array.from({ length: 0xf5 - 0xc2 }, (_, x) => 0xc2 + x), 256])
  expect([on(begins), count]).toEqual([[0x61, 0xc3, 0xe8], 3])
  const within = possibleBytes(vocabulary, inside)
  expect(on(within.valid)).toEqual(Array.from({ length: 64 }, (_, x) => 0x80 + x))
  expect([on(within.begins), within.count]).toEqual([[0xa9], 1])
})

test('bytes: the places inside a character differ, and each is found once', () => {
  const leads = [0xc3, 0xe0, 0xe1, 0xed, 0xf0, 0xf1, 0xf4]
  const found = leads.map((lead) => possibleBytes(vocabulary, utf8Next(utf8Start, lead)))
  expect(found.map(({ valid }) => on(valid).length)).toEqual([64, 32, 64, 32, 48, 64, 16])
  expect(possibleBytes(vocabulary, utf8Next(utf8Start, 0xc4))).toBe(found[0])
  expect(new Set(found).size).toBe(leads.length)
})

test('tokens: those that keep the text valid to their last byte, and one end between characters', () => {
  const { valid, begins, count } = possibleTokens(vocabulary, utf8Start)
  expect(on(valid)).toEqual([1, 2, 3, 7, 8, 9])
  expect([begins, count]).toEqual([valid, 6])
  expect(on(possibleTokens(vocabulary, inside).valid)).toEqual([4, 5])
})

test('the alphabets: bytes or ids, and the end as the last symbol, which adds nothing', () => {
  const alphabet = tokenAlphabet(vocabulary)
  expect([alphabet.size, alphabet.end, byteAlphabet.size, byteAlphabet.end]).toEqual([10, 9, 257, 256])
  expect([...alphabet.bytesOf(2)]).toEqual([0xc3, 0xa9])
  expect([...byteAlphabet.bytesOf(0xc3)]).toEqual([0xc3])
  expect([alphabet.bytesOf(9).length, byteAlphabet.bytesOf(256).length]).toEqual([0, 0])
})
