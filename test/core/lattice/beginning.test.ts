import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { beginningOf } from '../../../src/core/lattice/beginning.ts'
import { ByteLattice } from '../../../src/core/lattice/byte-lattice.ts'
import { contextTokens, type LatticeContext } from '../../../src/core/lattice/context.ts'
import { possibleBytes } from '../../../src/core/lattice/possible.ts'
import { utf8Next, utf8Start } from '../../../src/core/lattice/utf8.ts'
import { defineVocabulary } from '../../../src/core/lattice/vocabulary.ts'
import { bruteForce, characters, drive, step, type Toy, toyArbitrary } from './toy.ts'

const encoder = new TextEncoder()
const prompts = fc.array(fc.constantFrom(...characters), { maxLength: 2 }).map((all) => encoder.encode(all.join('')))
const none = new Int32Array(0)

/** A toy that, as real servers do, refuses to go on from nothing. */
function refusing(toy: Toy): Toy {
  return {
    ...toy,
    probabilities(context) {
      if (context.length === 0) throw new Error('holds no token')
      return toy.probabilities(context)
    },
  }
}

function rootOf(contexts: readonly LatticeContext[]): number[] {
  let chain = contexts.reduce((a, b) => (b.length < a.length ? b : a)).chain
  while (chain.parent !== null) chain = chain.parent
  return [...chain.tokens]
}

function opened(toy: Toy, prompt: Uint8Array, beginning: Int32Array, tau = 0, k?: number) {
  const lattice = new ByteLattice(toy.vocabulary, { tau, beginning })
  drive(lattice.open(prompt), toy, k)
  const root = rootOf(lattice.contexts())
  drive(lattice.ready(), toy, k)
  return { lattice, root }
}

function expectEnumerated(toy: Toy, lattice: ByteLattice, root: readonly number[], prompt: Uint8Array): void {
  const { valid } = possibleBytes(toy.vocabulary, prompt.reduce(utf8Next, utf8Start))
  const consumed = root.reduce((sum, id) => sum + toy.vocabulary.bytes[id]!.length, 0)
  const truth = bruteForce(toy, root, prompt.subarray(consumed), (x) => valid[x] === 1)
  lattice.conditional().probabilities.forEach((p, x) => {
    expect(Math.abs(p - truth[x]!)).toBeLessThan(1e-12)
  })
}

describe('a short prompt of a tokenizer that puts no token before it', () => {
  test('is begun behind the end of a text where healing leaves no token of it, and only there', () => {
    let begun = 0
    fc.assert(
      fc.property(toyArbitrary.map(refusing), prompts, (toy, prompt) => {
        const beginning = beginningOf(toy.vocabulary)
        const { lattice, root } = opened(toy, prompt, beginning)
        const own = toy.tokenize(prompt)
        if (toy.vocabulary.end.has(root[0]!)) begun++
        else expect(root).toEqual(own.slice(0, root.length))
        expect(root.length).toBeGreaterThan(0)
        expectEnumerated(toy, lattice, root, prompt)
      }),
      { numRuns: 150 },
    )
    expect(begun).toBeGreaterThan(20)
  })

  test('keeps its first token out of healing where nothing can begin it', () => {
    fc.assert(
      fc.property(toyArbitrary.map(refusing), prompts, (toy, prompt) => {
        fc.pre(prompt.length > 0)
        const { lattice, root } = opened(toy, prompt, none)
        expect(root).toEqual(toy.tokenize(prompt).slice(0, root.length))
        expect(root.length).toBeGreaterThan(0)
        expectEnumerated(toy, lattice, root, prompt)
      }),
      { numRuns: 150 },
    )
  })

  test('stays behind its beginning when the lattice starts anew', () => {
    let anew = 0
    fc.assert(
      fc.property(toyArbitrary.map(refusing), fc.array(fc.nat(255), { maxLength: 12 }), (toy, picks) => {
        const beginning = beginningOf(toy.vocabulary)
        const { lattice } = opened(toy, new Uint8Array(0), beginning, 0.4, 1)
        for (const pick of picks) {
          const possible = [...lattice.conditional().probabilities.entries()].filter(([x, p]) => x < 256 && p > 0)
          step(lattice, toy, possible[pick % possible.length]![0], 1)
        }
        anew += lattice.counters.revivals
        for (const context of lattice.contexts()) expect(contextTokens(context)[0]).toBe(beginning[0])
      }),
      { numRuns: 150 },
    )
    expect(anew).toBeGreaterThan(20)
  })
})

test('the end of a text is the lowest of several, and a vocabulary without an end has none', () => {
  const bytes = ['a', '', '', ''].map((text) => encoder.encode(text))
  expect([...beginningOf(defineVocabulary({ bytes, end: [3, 1], control: [2] }))]).toEqual([1])
  expect([...beginningOf(defineVocabulary({ bytes, end: [], control: [1, 2, 3] }))]).toEqual([])
})
