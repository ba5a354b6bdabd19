import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { completeList } from '../../../src/core/lattice/completed-list.ts'
import { contextTokens, type LatticeContext, rootContext } from '../../../src/core/lattice/context.ts'
import { advanceFrontier, type Hypothesis, likeliest, scaled } from '../../../src/core/lattice/frontier.ts'
import { characters, defineToy, listOfToy, type Toy, toyArbitrary } from './toy.ts'

const tauArbitrary = fc.constantFrom(0, 0.01, 0.1, 0.4)
const textArbitrary = fc
  .array(fc.constantFrom(...characters), { minLength: 1, maxLength: 3 })
  .map((parts) => new TextEncoder().encode(parts.join('')))

function listed(toy: Toy, context: LatticeContext): LatticeContext {
  return {
    ...context,
    list: completeList(listOfToy(toy, [...contextTokens(context)], toy.vocabulary.size), toy.vocabulary),
  }
}

function start(toy: Toy): Hypothesis[] {
  return [{ context: listed(toy, rootContext(new Int32Array(0))), node: 0, weight: 1 }]
}

/** Bytes of the text behind a hypothesis' context. */
function partialOf(toy: Toy, text: Uint8Array, { context }: Hypothesis): Uint8Array {
  const spelt = contextTokens(context).reduce((sum, id) => sum + toy.vocabulary.bytes[id]!.length, 0)
  return text.subarray(spelt)
}

/** Mass of all tokens that go on from the hypothesis; of everything at a border. */
function massOf(toy: Toy, text: Uint8Array, hypothesis: Hypothesis): number {
  const partial = partialOf(toy, text, hypothesis)
  if (partial.length === 0) return hypothesis.weight
  const probabilities = toy.probabilities([...contextTokens(hypothesis.context)])
  const longer = toy.vocabulary.bytes.map(
    (token) => token.length > partial.length && partial.every((byte, index) => token[index] === byte),
  )
  return hypothesis.weight * probabilities.reduce((sum, p, id) => sum + (longer[id] ? p : 0), 0)
}

describe('a frontier', () => {
  test('moved over a byte loses nothing but the mass that spells another text; what is kept and dropped is all of it', () => {
    fc.assert(
      fc.property(toyArbitrary, textArbitrary, tauArbitrary, (toy, text, tau) => {
        let hypotheses: readonly Hypothesis[] = start(toy)
        for (const [at, byte] of text.entries()) {
          const exact = advanceFrontier(hypotheses, toy.vocabulary, byte, 0)
          const advance = advanceFrontier(hypotheses, toy.vocabulary, byte, tau)
          const { kept, dropped, prunedShare, pruned } = advance
          const before = text.subarray(0, at + 1)
          const sumOf = (list: readonly Hypothesis[]) =>
            list.reduce((sum, hypothesis) => sum + massOf(toy, before, hypothesis), 0)
          expect(kept).toBeCloseTo(sumOf(advance.hypotheses), 13)
          expect(dropped).toBeCloseTo(sumOf(pruned), 13)
          expect(kept + dropped).toBeCloseTo(exact.kept, 13)
          expect([exact.dropped, exact.prunedShare, exact.pruned.length]).toEqual([0, 0, 0])
          expect(prunedShare).toBeCloseTo(dropped === 0 ? 0 : dropped / (kept + dropped), 13)
          expect(advance.hypotheses.length + pruned.length).toBe(exact.hypotheses.length)
          // Only new contexts below τ are dropped, none that is not, and never the last of all.
          for (const { node, weight } of pruned) {
            expect(node).toBe(0)
            expect(weight).toBeLessThan(tau * exact.kept)
          }
          const light = advance.hypotheses.filter(({ node, weight }) => node === 0 && weight < tau * exact.kept)
          expect(light.length).toBeLessThanOrEqual(1)
          if (light.length === 1) expect(advance.hypotheses.length).toBe(1)
          if (exact.hypotheses.length > 0) expect(advance.hypotheses.length).toBeGreaterThan(0)
          hypotheses = advance.hypotheses.map((h) =>
            h.context.list === null ? { ...h, context: listed(toy, h.context) } : h,
          )
        }
      }),
      { numRuns: 300 },
    )
  })

  const bytes = ['', 'a', 'b', 'ab'].map((text) => new TextEncoder().encode(text))
  const toy: Toy = {
    ...defineToy(bytes, { ends: 1, controls: 0, seed: 1, sharpness: 1 }),
    probabilities: () => [0.1, 0.1, 0.2, 0.6],
  }

  test('stands inside a token for nothing, and opens a context where a token ends', () => {
    const { hypotheses, pruned } = advanceFrontier(start(toy), toy.vocabulary, 0x61, 0.3)
    expect(hypotheses.map(({ weight }) => weight)).toEqual([1])
    expect(hypotheses[0]?.context.length).toBe(0)
    expect(pruned.map(({ context, weight }) => [[...contextTokens(context)], weight.toFixed(9)])).toEqual([
      [[1], '0.100000000'],
    ])
  })

  test('spares the context it is told to', () => {
    const [root] = start(toy) as [Hypothesis]
    const spared = { after: root.context.chain, token: 1 }
    expect(advanceFrontier([root], toy.vocabulary, 0x61, 0.3, spared).pruned).toEqual([])
    expect(advanceFrontier([root], toy.vocabulary, 0x61, 0.3, { ...spared, token: 2 }).pruned).toHaveLength(1)
  })

  test('over a byte that no token goes on with is empty', () => {
    expect(advanceFrontier(start(toy), toy.vocabulary, 0x7a, 0.1)).toEqual({
      hypotheses: [],
      pruned: [],
      kept: 0,
      dropped: 0,
      prunedShare: 0,
    })
  })

  test('its likeliest hypothesis is the one of most live mass, the first of equals', () => {
    const { hypotheses } = advanceFrontier(start(toy), toy.vocabulary, 0x61, 0)
    // Inside "ab": 0.6; after "a": 0.1.
    expect(likeliest(hypotheses, toy.vocabulary)?.node).not.toBe(0)
    const [within, border] = hypotheses as [Hypothesis, Hypothesis]
    expect(likeliest([within, { ...border, weight: 0.61 }], toy.vocabulary)?.node).toBe(0)
    expect(likeliest([border, { ...border }], toy.vocabulary)).toBe(border)
    expect(likeliest([], toy.vocabulary)).toBeNull()
    expect(scaled(hypotheses, 2).map(({ weight }) => weight.toFixed(9))).toEqual(['2.000000000', '0.200000000'])
  })
})
