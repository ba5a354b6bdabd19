import fc from 'fast-check'
import { expect, test } from 'vitest'
import { GrowingText } from '../../../src/core/lattice/text.ts'

const piecesArbitrary = fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 12 })

test('holds what was put in, byte by byte or in pieces, and so does a copy, whatever comes after', () => {
  fc.assert(
    fc.property(piecesArbitrary, fc.nat(300), (pieces, offset) => {
      const text = new GrowingText()
      const whole = Buffer.concat(pieces)
      for (const [index, piece] of pieces.entries()) {
        if (index % 2 === 0) text.append(piece)
        else for (const byte of piece) text.push(byte)
      }
      const copy = text.clone()
      text.push(65)
      expect(text.length).toBe(whole.length + 1)
      expect([...text.since(0)]).toEqual([...whole, 65])
      expect(copy.length).toBe(whole.length)
      expect([...copy.since(Math.min(offset, whole.length))]).toEqual([...whole.subarray(offset)])
    }),
  )
})

test('without the bytes of a last character that is not whole, a text is what a decoder shows of it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 20 }), fc.nat(80), (characters, cut) => {
      const bytes = new TextEncoder().encode(`${characters}aé語ऀ😀`)
      const text = new GrowingText()
      text.append(bytes.subarray(0, cut))
      const shown = new TextDecoder().decode(bytes.subarray(0, cut), { stream: true })
      expect(new TextDecoder().decode(text.wholeCharacters())).toBe(shown)
    }),
    { numRuns: 1000 },
  )
  expect(new GrowingText().wholeCharacters().length).toBe(0)
})

test('a text of any length keeps its beginning', () => {
  const bytes = Uint8Array.from({ length: 3000 }, (_, at) => 1 + (at % 255))
  const pushed = new GrowingText()
  for (const byte of bytes) pushed.push(byte)
  const appended = new GrowingText()
  appended.append(bytes.subarray(0, 300))
  appended.append(bytes.subarray(300))
  expect(pushed.since(0)).toEqual(bytes)
  expect(appended.since(0)).toEqual(bytes)
  expect(appended.clone().since(0)).toEqual(bytes)
})

test('two copies that go different ways do not write into each other', () => {
  const text = new GrowingText()
  text.append(Uint8Array.of(1, 2, 3))
  const copy = text.clone()
  text.push(4)
  copy.push(5)
  copy.append(Uint8Array.of(6, 7))
  text.push(8)
  const third = copy.clone()
  third.push(9)
  copy.push(10)
  expect([...text.since(0)]).toEqual([1, 2, 3, 4, 8])
  expect([...copy.since(0)]).toEqual([1, 2, 3, 5, 6, 7, 10])
  expect([...third.since(0)]).toEqual([1, 2, 3, 5, 6, 7, 9])
})
