import { expect, test } from 'vitest'
import { missedText } from '../../src/ensemble/missed-text.ts'

const encode = (text: string) => new TextEncoder().encode(text)
const output = [...encode('xéy')]
const prompt = { kind: 'text', text: encode('a') } as const

test('a missed text is gone along from its first byte, one that begins inside a character from the character on', () => {
  expect(missedText(prompt, output, 1)).toEqual({
    prompt: { kind: 'text', text: encode('ax') },
    symbols: Int32Array.of(0xc3, 0xa9, 0x79),
    from: 0,
  })
  expect(missedText(prompt, output, 2)).toEqual({
    prompt: { kind: 'text', text: encode('ax') },
    symbols: Int32Array.of(0xc3, 0xa9, 0x79),
    from: 1,
  })
  expect(missedText(prompt, output, 0)).toEqual({ prompt, symbols: Int32Array.from(output), from: 0 })
})

test('a member that stands where the text stands has missed nothing', () => {
  expect(missedText(prompt, output, 4)).toBeNull()
  expect(missedText(prompt, [], 0)).toBeNull()
})
