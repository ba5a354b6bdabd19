import { expect, test } from 'vitest'
import { type Utf8State, utf8After, utf8Allows, utf8Next, utf8Start } from '../../../src/core/lattice/utf8.ts'

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function isText(bytes: readonly number[]): boolean {
  try {
    decoder.decode(Uint8Array.from(bytes))
    return true
  } catch {
    return false
  }
}

/** Every byte that could be on either side of a limit. */
const edges = [0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc2, 0xe0, 0xff]

/** All ways to go on with `length` more bytes; at the end of each whether every byte was allowed and the text is whole. */
function* ways(
  length: number,
  bytes: readonly number[],
  state: Utf8State,
  allowed: boolean,
): Generator<[number[], boolean]> {
  if (length === 0) {
    yield [[...bytes], allowed && state.remaining === 0]
    return
  }
  for (const byte of edges) {
    const fits = allowed && utf8Allows(state, byte)
    yield* ways(length - 1, [...bytes, byte], fits ? utf8Next(state, byte) : state, fits)
  }
}

test('a sequence of bytes is allowed, and whole, exactly when it is UTF-8', () => {
  const wrong: number[][] = []
  for (let lead = 0; lead < 256; lead++) {
    const fits = utf8Allows(utf8Start, lead)
    const state = fits ? utf8Next(utf8Start, lead) : utf8Start
    for (const more of [0, 1, 2, 3]) {
      for (const [bytes, whole] of ways(more, [lead], state, fits)) if (isText(bytes) !== whole) wrong.push(bytes)
    }
  }
  expect(wrong).toEqual([])
})

test('a character is left with the state of its beginning', () => {
  for (const character of ['a', 'é', '語', '😀']) {
    expect(new TextEncoder().encode(character).reduce(utf8Next, utf8Start)).toEqual(utf8Start)
  }
})

test('behind bytes a text stands where going over them one by one leads to', () => {
  const bytes = new TextEncoder().encode('aé語😀')
  for (let cut = 0; cut <= bytes.length; cut++) {
    expect(utf8After(bytes.subarray(0, cut))).toEqual(bytes.subarray(0, cut).reduce(utf8Next, utf8Start))
  }
  // What goes before a beginning is no part of a character.
  expect(utf8After(Uint8Array.of(0x80, 0xe8))).toEqual(utf8Next(utf8Start, 0xe8))
})
