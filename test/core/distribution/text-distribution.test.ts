import { expect, test } from 'vitest'
import { fromListedTexts } from '../../../src/core/distribution/text-distribution.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

test('tokens come out sorted, equal ones once, "not listed" ones not at all; the rest is unlisted', () => {
  const list = fromListedTexts(
    [
      { bytes: bytes('b'), logProb: Math.log(0.5) },
      { bytes: bytes('ab'), logProb: Math.log(0.2) },
      { bytes: null, logProb: Math.log(0.1) },
      { bytes: bytes('b'), logProb: Math.log(0.05) },
      { bytes: bytes('c'), logProb: -9999 },
      { bytes: bytes('d'), logProb: Number.NaN },
    ],
    6,
  )
  expect(list.tokens.map((token) => new TextDecoder().decode(token))).toEqual(['ab', 'b'])
  expect([...list.probabilities]).toEqual([expect.closeTo(0.2), expect.closeTo(0.5)])
  expect(list.end).toBeCloseTo(0.1)
  expect(list.unlisted).toBeCloseTo(0.2)
  expect(list.smallest).toBeCloseTo(0.05)
})

test('an entry without text that is no end stays unlisted', () => {
  const list = fromListedTexts(
    [
      { bytes: bytes('a'), logProb: Math.log(0.6) },
      { bytes: bytes(''), logProb: Math.log(0.3) },
    ],
    2,
  )
  expect(list.tokens).toHaveLength(1)
  expect(list.unlisted).toBeCloseTo(0.4)
})

test('a positive log-probability and an empty list are refused', () => {
  expect(() => fromListedTexts([{ bytes: bytes('a'), logProb: 0.1 }], 1)).toThrow('above 0')
  expect(() => fromListedTexts([], 1)).toThrow('empty')
  expect(() => fromListedTexts([{ bytes: bytes('a'), logProb: -9999 }], 1)).toThrow('empty')
})

test('a sampled token behind the true top-k does not count as its smallest', () => {
  const listed = [0.5, 0.3, 0.01].map((p, index) => ({ bytes: Uint8Array.of(97 + index), logProb: Math.log(p) }))
  expect(fromListedTexts(listed, 2).smallest).toBeCloseTo(0.3, 12)
  expect(fromListedTexts(listed, 3).smallest).toBeCloseTo(0.01, 12)
})
