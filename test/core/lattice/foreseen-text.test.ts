import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chooseSymbol } from '../../../src/core/decode/choose.ts'
import { fromListedTokens } from '../../../src/core/distribution/token-distribution.ts'
import { completeList } from '../../../src/core/lattice/completed-list.ts'
import { extendContext, type LatticeContext, rootContext } from '../../../src/core/lattice/context.ts'
import { foreseenText } from '../../../src/core/lattice/foreseen-text.ts'
import { endSymbol, symbolCount } from '../../../src/core/lattice/symbols.ts'
import { utf8Allows, utf8Next, utf8Start } from '../../../src/core/lattice/utf8.ts'
import { defineVocabulary } from '../../../src/core/lattice/vocabulary.ts'
import { listOfToy, type Toy, toyArbitrary } from './toy.ts'

const samplings = fc.record({
  temperature: fc.constantFrom(0, 1),
  topP: fc.constant(1),
  minP: fc.constant(0),
  seed: fc.nat(1000),
  step: fc.nat(50),
})

function listedRoot(toy: Toy): LatticeContext {
  const context = extendContext(rootContext(Int32Array.of()), 0)
  context.list = completeList(listOfToy(toy, [0], toy.vocabulary.size), toy.vocabulary)
  return context
}

/** What the text goes on with by one list alone, by enumeration of its tokens. */
function byEnumeration(toy: Toy, sampling: Parameters<typeof foreseenText>[2]): number[] {
  const probabilities = toy.probabilities([0])
  const text: number[] = []
  let utf8 = utf8Start
  for (;;) {
    const masses = new Float64Array(symbolCount)
    let ending = 0
    toy.vocabulary.bytes.forEach((token, id) => {
      const p = probabilities[id]!
      if (toy.vocabulary.end.has(id) && text.length === 0) masses[endSymbol]! += p
      if (token.length < text.length || !text.every((byte, i) => token[i] === byte)) return
      const next = token[text.length]
      if (next !== undefined && utf8Allows(utf8, next)) masses[next]! += p
    })
    const chosen = chooseSymbol(masses, { ...sampling, step: sampling.step + text.length })
    if (chosen === endSymbol || chosen < 0) return text
    text.push(chosen)
    utf8 = utf8Next(utf8, chosen)
    let all = 0
    toy.vocabulary.bytes.forEach((token, id) => {
      if (token.length < text.length || !text.every((byte, i) => token[i] === byte)) return
      all += probabilities[id]!
      if (token.length === text.length) ending += probabilities[id]!
    })
    if (ending >= all / 2) return text
  }
}

test('a tokenization is foreseen by its list alone, as the lattice would choose, up to the likeliest border', () => {
  fc.assert(
    fc.property(toyArbitrary, samplings, (toy, sampling) => {
      const start = { context: listedRoot(toy), node: 0, weight: 0.37 }
      const found = foreseenText(start, { vocabulary: toy.vocabulary, utf8: utf8Start }, sampling)
      expect([...found]).toEqual(byEnumeration(toy, sampling))
    }),
    { numRuns: 500 },
  )
})

/** A vocabulary of one letter, and of runs of it that are all the longer the likelier. */
function runsOf(lengths: readonly number[], probabilities: readonly number[]) {
  const bytes = lengths.map((length) => new Uint8Array(length).fill(0x61))
  const vocabulary = defineVocabulary({ bytes, end: [], control: [] })
  const context = rootContext(Int32Array.of())
  const ids = lengths.map((_, id) => id)
  const logProbs = probabilities.map(Math.log)
  const listed = fromListedTokens({ ids, logProbs, vocabularySize: ids.length, topK: ids.length })
  context.list = completeList(listed, vocabulary)
  return { start: { context, node: 0, weight: 1 }, place: { vocabulary, utf8: utf8Start } }
}

test('a border as likely as what goes on is the border; nothing is foreseen further than 32 bytes', () => {
  const greedy = { temperature: 0, topP: 1, minP: 0, seed: 0, step: 0 }
  const even = runsOf([1, 2], [0.5, 0.5])
  expect(foreseenText(even.start, even.place, greedy)).toHaveLength(1)
  const longer = runsOf([1, 2], [0.25, 0.75])
  expect(foreseenText(longer.start, longer.place, greedy)).toHaveLength(2)
  const long = runsOf([1, 100], [0.25, 0.75])
  expect(foreseenText(long.start, long.place, greedy)).toHaveLength(32)
})
