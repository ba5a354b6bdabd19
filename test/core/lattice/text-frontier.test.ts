import { expect, test } from 'vitest'
import { fromListedTexts } from '../../../src/core/distribution/text-distribution.ts'
import { advanceTexts, atEndOf, endOf, textListOf, textMass } from '../../../src/core/lattice/text-frontier.ts'
import { completeTexts, unknownTexts } from '../../../src/core/lattice/text-list.ts'

const encoder = new TextEncoder()

const list = completeTexts(
  fromListedTexts(
    Object.entries({ a: 0.1, ab: 0.2, abc: 0.25, b: 0.05 })
      .map(([text, p]) => ({ bytes: encoder.encode(text), logProb: Math.log(p) }))
      .concat({ bytes: null as never, logProb: Math.log(0.1) }),
    5,
  ),
)
const context = { text: encoder.encode(''), list }

test('a border has all the mass; inside a token, what goes on has it', () => {
  const start = atEndOf(context, 0.5)
  expect([textMass(start), endOf(start)]).toEqual([0.5, 4])
  const { within, withinMass, ended } = advanceTexts([start], 0x61, 180)
  expect(within).toHaveLength(1)
  expect(withinMass).toBeCloseTo(0.5 * 0.45, 12)
  // "a" itself, and the share of the unlisted that is this one byte.
  expect(ended).toBeCloseTo(0.5 * (0.1 + 0.3 / 180), 12)
  const next = advanceTexts(within, 0x62, 180)
  expect([next.withinMass, next.ended]).toEqual([expect.closeTo(0.5 * 0.25, 12), expect.closeTo(0.5 * 0.2, 12)])
  const last = advanceTexts(next.within, 0x63, 180)
  expect(last.within).toEqual([])
  expect(last.ended).toBeCloseTo(0.5 * 0.25, 12)
  expect(advanceTexts(next.within, 0x64, 180)).toEqual({ within: [], withinMass: 0, ended: 0 })
})

test('several hypotheses add up', () => {
  const { within, ended } = advanceTexts([atEndOf(context, 0.5), atEndOf(context, 0.25)], 0x61, 100)
  expect(within.map(({ weight, depth, low, high }) => [weight, depth, low, high])).toEqual([
    [0.5, 1, 1, 3],
    [0.25, 1, 1, 3],
  ])
  expect(ended).toBeCloseTo(0.75 * (0.1 + 0.003), 12)
})

test("a list that has not come can't be read", () => {
  expect(() => textListOf({ text: encoder.encode('a'), list: null })).toThrow(/before its list came/)
})

test("a list says how much it hides and how many tokens it names; of what can't be asked for nothing is known", () => {
  expect(list).toMatchObject({ listed: 5, end: expect.closeTo(0.1, 12), unlisted: expect.closeTo(0.3, 12) })
  expect([list.spread, list.unlistedCap]).toEqual([list.unlisted, expect.closeTo(0.05, 12)])
  expect(unknownTexts).toMatchObject({ listed: 0, end: 0, unlisted: 1, spread: 1, unlistedCap: 1 })
  const whole = fromListedTexts([{ bytes: encoder.encode('a'), logProb: 0 }], 1)
  // No token is impossible, however full a list looks.
  expect(completeTexts(whole)).toMatchObject({ listed: 1, unlisted: 1e-12, spread: 1e-12 })
  const half = fromListedTexts([{ bytes: encoder.encode('a'), logProb: Math.log(0.5) }], 1)
  expect(completeTexts(half, 'renormalise')).toMatchObject({ spread: 1e-12, unlisted: expect.closeTo(0.5, 12) })
})
