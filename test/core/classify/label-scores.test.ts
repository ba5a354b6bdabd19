import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isCertain, labelDistribution, ranking } from '../../../src/core/classify/label-distribution.ts'
import {
  labelScores,
  lessBaseline,
  logShares,
  meanBaseline,
  type Score,
} from '../../../src/core/classify/label-scores.ts'
import { labelTrie, sharedBlanks } from '../../../src/core/classify/label-trie.ts'

const logs = fc.double({ min: -40, max: 0, noNaN: true })
const exact = logs.map((logProb): Score => ({ logProb, low: logProb, high: logProb }))
const wide = fc
  .tuple(logs, fc.double({ min: 0, max: 3, noNaN: true }), fc.double({ min: 0, max: 3, noNaN: true }))
  .map(([logProb, down, up]): Score => ({ logProb, low: logProb - down, high: logProb + up }))
const temperatures = fc.double({ min: 0.1, max: 20, noNaN: true })
const several = { minLength: 2, maxLength: 6 }

function sumOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0)
}

describe('a distribution over labels', () => {
  test('sums to 1, lies within its bounds, and permuting labels permutes it', () => {
    fc.assert(
      fc.property(fc.array(wide, several), temperatures, (scores, temperature) => {
        const { probabilities, low, high } = labelDistribution(scores, temperature)
        expect(sumOf(probabilities)).toBeCloseTo(1, 12)
        const turned = labelDistribution(scores.toReversed(), temperature)
        for (const [label, p] of probabilities.entries()) {
          expect(low[label]!).toBeLessThanOrEqual(p)
          expect(high[label]!).toBeGreaterThanOrEqual(p)
          expect(turned.probabilities[scores.length - 1 - label]!).toBeCloseTo(p, 12)
        }
      }),
    )
  })

  test('its bounds hold whatever scores lie within theirs, and a certain label is the likeliest of all of them', () => {
    const where = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 6, maxLength: 6 })
    fc.assert(
      fc.property(fc.array(wide, several), temperatures, where, (scores, temperature, places) => {
        const bounds = labelDistribution(scores, temperature)
        const truth = scores.map(({ low, high }, label) => low + (places[label] as number) * (high - low))
        const { probabilities } = labelDistribution(
          truth.map((logProb) => ({ logProb, low: logProb, high: logProb })),
          temperature,
        )
        for (const [label, p] of probabilities.entries()) {
          expect(p).toBeGreaterThanOrEqual(bounds.low[label]! * (1 - 1e-9))
          expect(p).toBeLessThanOrEqual(bounds.high[label]! * (1 + 1e-9) + 1e-300)
        }
        const first = ranking(bounds)[0]!
        if (isCertain(bounds, first)) expect(truth[first]).toBe(Math.max(...truth))
      }),
    )
  })

  test('however small the temperature, its limit is all of the mass on the likeliest, and bounds are numbers', () => {
    const cold = fc.constantFrom(1e-3, 1e-300, 1e-306, 1e-308, Number.MIN_VALUE)
    fc.assert(
      fc.property(fc.array(wide, several), cold, (scores, temperature) => {
        const { probabilities, low, high, missing } = labelDistribution(scores, temperature)
        expect(sumOf(probabilities)).toBeCloseTo(1, 12)
        for (const [label, p] of probabilities.entries()) {
          expect(low[label]!).toBeLessThanOrEqual(p)
          expect(high[label]!).toBeGreaterThanOrEqual(p)
        }
        expect(missing).toBeGreaterThanOrEqual(0)
      }),
    )
    const scores = [-20, -1, -1.5].map((logProb) => ({ logProb, low: logProb, high: logProb }))
    const open = scores.map((score) => ({ ...score, low: score.low - 1, high: score.high + 1 }))
    for (const temperature of [1e-300, 1e-306, 1e-308, Number.MIN_VALUE]) {
      expect([...labelDistribution(scores, temperature).probabilities]).toEqual([0, 1, 0])
      const { low, high } = labelDistribution(open, temperature)
      expect([[...low], [...high]]).toEqual([
        [0, 0, 0],
        [0, 1, 1],
      ])
      const none = { logProb: Number.NEGATIVE_INFINITY, low: Number.NEGATIVE_INFINITY, high: Number.NEGATIVE_INFINITY }
      expect([...labelDistribution([none, none], temperature).probabilities]).toEqual([0.5, 0.5])
      expect([...labelDistribution([none, scores[0]!], temperature).probabilities]).toEqual([0, 1])
    }
  })

  test('of exact scores the bounds are the distribution, and the first is certain unless it has an equal', () => {
    const scores = [-1, -2, -2].map((logProb) => ({ logProb, low: logProb, high: logProb }))
    const found = labelDistribution(scores, 1)
    expect([...found.low, ...found.high]).toEqual([...found.probabilities, ...found.probabilities])
    expect(found.missing).toBe(0)
    expect([isCertain(found, 0), isCertain(found, 1)]).toEqual([true, false])
  })

  test('a score of nothing is a label of no probability; nothing but those is the even distribution, of which nothing is certain', () => {
    const none = { logProb: Number.NEGATIVE_INFINITY, low: Number.NEGATIVE_INFINITY, high: Number.NEGATIVE_INFINITY }
    expect([...labelDistribution([{ logProb: -3, low: -3, high: -3 }, none], 2).probabilities]).toEqual([1, 0])
    const even = labelDistribution([none, none], 1)
    expect([...even.probabilities, ...even.low, ...even.high]).toEqual([0.5, 0.5, 0, 0, 1, 1])
  })
})

describe('normalisation', () => {
  test('an input without content is uniform under `contextual`', () => {
    fc.assert(
      fc.property(fc.array(exact, several), (scores) => {
        const { probabilities } = labelDistribution(lessBaseline(logShares(scores), meanBaseline([scores])), 1)
        for (const p of probabilities) expect(p).toBeCloseTo(1 / scores.length, 12)
      }),
    )
  })

  test('a baseline of several inputs is the mean of their distributions', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(exact, exact, exact), { minLength: 1, maxLength: 5 }), (all) => {
        const mean = meanBaseline(all)
        for (const label of [0, 1, 2]) {
          const shares = all.map((scores) => labelDistribution(scores, 1).probabilities[label]!)
          const expected = shares.reduce((sum, share) => sum + share, 0) / all.length
          expect(Math.exp(mean[label]!.logProb)).toBeCloseTo(expected, 12)
        }
      }),
    )
  })

  test('no value lies outside its bounds', () => {
    fc.assert(
      fc.property(fc.array(wide, { minLength: 6, maxLength: 6 }), fc.array(wide, several), (scores, others) => {
        const texts = scores.map((_, index) => ({ label: index % 3, bytes: 1 + index }))
        const found = [false, true].flatMap((perByte) => labelScores(scores, texts, 3, perByte))
        const baselines = meanBaseline([scores, scores.toReversed(), scores])
        for (const { logProb, low, high } of [
          ...found,
          ...baselines,
          ...logShares(others),
          ...lessBaseline(scores, baselines),
        ]) {
          expect(low).toBeLessThanOrEqual(logProb)
          expect(high).toBeGreaterThanOrEqual(logProb)
        }
      }),
    )
  })

  test('a label has the sum of its texts’ probabilities, or of their geometric means a byte', () => {
    const of = (p: number) => ({ logProb: Math.log(p), low: Math.log(p), high: Math.log(p) })
    const texts = [
      { label: 0, bytes: 2 },
      { label: 1, bytes: 1 },
      { label: 0, bytes: 4 },
    ]
    const scores = [0.25, 0.5, 0.0625].map(of)
    const logsOf = (found: Score[]) => found.map(({ logProb }) => Math.exp(logProb))
    expect(logsOf(labelScores(scores, texts, 2, false))).toEqual([0.3125, 0.5].map((p) => expect.closeTo(p, 12)))
    expect(logsOf(labelScores(scores, texts, 2, true))).toEqual([1, 0.5].map((p) => expect.closeTo(p, 12)))
  })
})

test('texts are in the trie once for what they begin with alike', () => {
  const texts = ['ab', 'ac', 'b', 'ab'].map((text) => new TextEncoder().encode(text))
  const { children } = labelTrie(texts)
  expect([...children.keys()]).toEqual([0x61, 0x62])
  expect([...children.get(0x61)!.children.values()].map(({ ends }) => ends)).toEqual([[0, 3], [1]])
  expect(children.get(0x62)!.ends).toEqual([2])
})

test.each([
  [[' a', ' b'], 1],
  [['\n\n a', '\n\n b'], 3],
  [[' a', 'b'], 0],
  [['a', 'ab'], 0],
  [[' ', '  '], 0],
])('of %j the shared blanks are %i', (texts, count) => {
  expect(sharedBlanks(texts.map((text) => new TextEncoder().encode(text)))).toBe(count)
})
