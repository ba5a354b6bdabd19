import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type AnsweredToken, answeredLabels } from '../../../src/core/classify/answered-labels.ts'
import { uniform } from '../../../src/core/decode/noise.ts'

const encoder = new TextEncoder()
const vocabulary = ['a', 'b', 'ab', ' a', ' ', 'ba', '']
const labels = ['a', 'ab', 'ba', 'bb', 'aab'].map((text) => encoder.encode(text))

/** A model that answers: the probabilities of its tokens, of which the empty one is the end. */
function probabilities(seed: number, context: readonly number[]): number[] {
  const key = context.reduce((hash, token) => (Math.imul(hash, 31) + token + 1) | 0, 7)
  const weights = vocabulary.map((_, id) => Math.exp(4 * uniform(seed, key, id)))
  const sum = weights.reduce((total, weight) => total + weight, 0)
  return weights.map((weight) => weight / sum)
}

/** Probability that the answer, without the blanks before it, begins with the text; up to answers of `left` tokens. */
function truth(seed: number, text: string, context: readonly number[] = [], said = '', left = 7): [number, number] {
  const bare = said.trimStart()
  if (bare.startsWith(text)) return [1, 1]
  if (!text.startsWith(bare)) return [0, 0]
  if (left === 0) return [0, 1]
  let [low, high] = [0, 0]
  for (const [id, p] of probabilities(seed, context).entries()) {
    if (vocabulary[id] === '') continue
    const [least, most] = truth(seed, text, [...context, id], said + vocabulary[id], left - 1)
    low += p * least
    high += p * most
  }
  return [low, high]
}

/** The lists along an answer of so many tokens: the likeliest `k` and the one that was sampled. */
function answer(seed: number, length: number, k: number): AnsweredToken[] {
  const context: number[] = []
  return Array.from({ length }, (_, at) => {
    const own = probabilities(seed, context)
    const said = Math.floor(uniform(seed, at, 99) * (vocabulary.length - 1))
    const order = [...own.keys()].sort((a, b) => own[b]! - own[a]!).slice(0, k)
    const listed = (id: number) => ({ bytes: encoder.encode(vocabulary[id]), logProb: Math.log(own[id]!) })
    context.push(said)
    return { ...listed(said), alternatives: order.map(listed) }
  })
}

test('the probability of a label lies within its bounds, whatever the lists hide and wherever the answer goes', () => {
  fc.assert(
    fc.property(fc.nat(1e6), fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 7 }), (seed, length, k) => {
      const found = answeredLabels(answer(seed, length, k), labels)
      for (const [index, { logProb, low, high }] of found.entries()) {
        const [least, most] = truth(seed, new TextDecoder().decode(labels[index]))
        expect(Math.exp(low)).toBeLessThanOrEqual(most + 1e-9)
        expect(Math.exp(high)).toBeGreaterThanOrEqual(least - 1e-9)
        expect(logProb).toBeGreaterThanOrEqual(low)
        expect(logProb).toBeLessThanOrEqual(high)
        expect(high).toBeLessThanOrEqual(0)
      }
    }),
    { numRuns: 60 },
  )
})

test('labels of one token each are known but for what the list leaves out', () => {
  const listed = (text: string, p: number) => ({ bytes: encoder.encode(text), logProb: Math.log(p) })
  const tokens = [{ ...listed('yes', 0.6), alternatives: [listed('yes', 0.6), listed(' no', 0.3)] }]
  const [yes, no, maybe] = answeredLabels(
    tokens,
    ['yes', 'no', 'maybe'].map((text) => encoder.encode(text)),
  )
  expect([yes!.logProb, no!.logProb, maybe!.logProb].map(Math.exp)).toEqual(
    [0.6, 0.3, 0.05].map((p) => expect.closeTo(p, 12)),
  )
  expect([yes!.low, yes!.high, no!.high, maybe!.low, maybe!.high].map(Math.exp)).toEqual(
    [0.6, 0.7, 0.4, 0, 0.1].map((p) => expect.closeTo(p, 12)),
  )
})

test('what a server has rounded up to more than 1 leaves values within their bounds', () => {
  const listed = (text: string, logProb: number) => ({ bytes: encoder.encode(text), logProb })
  const tokens = [{ ...listed('a', 5e-4), alternatives: [listed('', Math.log(4e-4))] }]
  const [a] = answeredLabels(tokens, [encoder.encode('a')])
  expect(a).toEqual({ logProb: 0, low: 0, high: 0 })
})

test('an answer without tokens tells nothing of any label', () => {
  expect(answeredLabels([], [encoder.encode('a')])).toEqual([
    { logProb: Math.log(0.5), low: Number.NEGATIVE_INFINITY, high: 0 },
  ])
})
