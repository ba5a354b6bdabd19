import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mostDivergentStep, nameOfSymbol, shadeOf, toSegment, visible } from '../../src/console/segment.ts'
import type { Step } from '../../src/console/wire.ts'

function step(share: number, jensenShannon = 0, certified = true): Step {
  const member = { probability: 0.5, kl_to_ensemble: 0, pivotal: false }
  return {
    symbol: 97,
    surprisal: 1,
    entropy: 1,
    jensen_shannon: jensenShannon,
    certified,
    missing_mass: 0,
    members: [
      { ...member, id: 'a', responsibility: share },
      { ...member, id: 'b', responsibility: 1 - share },
    ],
  }
}

test("a piece has the mean of its carrier's shares, and is certain only if every step is", () => {
  const found = toSegment('ab', { carrier: 'a', steps: [step(0.9), step(0.5, 0, false)], at_ms: 12 })
  expect(found.share).toBeCloseTo(0.7, 12)
  expect(found).toMatchObject({ text: 'ab', carrier: 'a', certified: false, atMs: 12 })
  expect(toSegment('x', null)).toMatchObject({ text: 'x', carrier: null, steps: [] })
})

test('the step shown first is the one at which members differ most, the first of equals', () => {
  const steps = [step(0.5, 0.1), step(0.5, 0.4), step(0.5, 0.4)]
  expect(mostDivergentStep({ steps })).toBe(1)
  expect(mostDivergentStep({ steps: [step(0.5)] })).toBe(0)
})

test('a larger share is never shaded less; an equal one is not shaded, all of it fully', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 2, max: 9 }),
      (one, other, members) => {
        const [low, high] = [Math.min(one, other), Math.max(one, other)]
        expect(shadeOf(low, members)).toBeLessThanOrEqual(shadeOf(high, members))
        expect(shadeOf(1 / members, members)).toBe(0)
        expect(shadeOf(1, members)).toBe(1)
      },
    ),
  )
})

test('every byte has a name that can be seen', () => {
  for (let byte = 0; byte < 256; byte++) {
    const name = nameOfSymbol(byte, 'byte')
    expect(name).toMatch(/^[\p{L}\p{N}\p{P}\p{S} ]+$/u)
    expect(name.trim()).not.toBe('')
  }
  expect(nameOfSymbol('end', 'byte')).toBe('end of text')
  expect(nameOfSymbol(97, 'token')).toBe('token 97')
  expect(visible(' a\n\tb\u0001')).toBe('␣a⏎⇥b\\x01')
})
