import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ByteLattice } from '../../../src/core/lattice/byte-lattice.ts'
import { contextTokens } from '../../../src/core/lattice/context.ts'
import { possibleBytes } from '../../../src/core/lattice/possible.ts'
import { TokenPath } from '../../../src/core/lattice/token-path.ts'
import { utf8Next, utf8Start } from '../../../src/core/lattice/utf8.ts'
import { bruteForce, characters, drive, step, type Toy, toyArbitrary } from './toy.ts'

const encoder = new TextEncoder()
const textArbitrary = fc
  .array(fc.constantFrom(...characters), { maxLength: 3 })
  .map((parts) => encoder.encode(parts.join('')))
/** Any tokens at all, as a chat template may end with: also control tokens and ends. */
const givenArbitrary = fc.array(fc.nat(1000), { minLength: 1, maxLength: 4 })

function tokensOf(toy: Toy, picks: readonly number[]): Int32Array {
  return Int32Array.from(picks, (pick) => pick % toy.vocabulary.size)
}

function truth(toy: Toy, context: readonly number[], rest: Uint8Array, text: Uint8Array): Float64Array {
  const { valid } = possibleBytes(toy.vocabulary, text.reduce(utf8Next, utf8Start))
  return bruteForce(toy, context, rest, (x) => valid[x] === 1)
}

function largestDifference(a: Float64Array, b: Float64Array): number {
  return a.reduce((most, value, index) => Math.max(most, Math.abs(value - (b[index] as number))), 0)
}

describe('a path behind given tokens', () => {
  test('starts at their end, whole, and goes on as an enumeration does', () => {
    fc.assert(
      fc.property(toyArbitrary, givenArbitrary, (toy, picks) => {
        const given = tokensOf(toy, picks)
        const lattice = new ByteLattice(toy.vocabulary, { tau: 0 })
        drive(lattice.open(new Uint8Array(0), given), toy)
        drive(lattice.ready(), toy)
        const text: number[] = []
        for (let index = 0; index < 4; index++) {
          const { probabilities } = lattice.conditional()
          const bytes = Uint8Array.from(text)
          expect(largestDifference(probabilities, truth(toy, [...given], bytes, bytes))).toBeLessThan(1e-12)
          const bytesOnly = probabilities.subarray(0, 256)
          const next = bytesOnly.indexOf(Math.max(...bytesOnly))
          text.push(next)
          step(lattice, toy, next)
        }
      }),
      { numRuns: 100 },
    )
  })

  test('heals the text that follows them, never the given tokens', () => {
    fc.assert(
      fc.property(toyArbitrary, givenArbitrary, textArbitrary, (toy, picks, prefill) => {
        const given = tokensOf(toy, picks)
        const lattice = new ByteLattice(toy.vocabulary, { tau: 0 })
        drive(lattice.open(prefill, given), toy)
        drive(lattice.ready(), toy)
        const roots = lattice.contexts().map((context) => [...contextTokens(context)])
        for (const root of roots) expect(root.slice(0, given.length)).toEqual([...given])
        const shortest = Math.min(...lattice.contexts().map(({ length }) => length))
        let chain = lattice.contexts().find(({ length }) => length === shortest)!.chain
        while (chain.parent !== null) chain = chain.parent
        const own = [...chain.tokens].slice(given.length)
        const consumed = own.reduce((sum, id) => sum + toy.vocabulary.bytes[id]!.length, 0)
        const expected = truth(toy, [...chain.tokens], prefill.subarray(consumed), prefill)
        expect(largestDifference(lattice.conditional().probabilities, expected)).toBeLessThan(1e-12)
      }),
      { numRuns: 150 },
    )
  })

  test('keeps them when the lattice starts anew, and has the text alone tokenised again', () => {
    let anew = 0
    fc.assert(
      fc.property(toyArbitrary, givenArbitrary, fc.array(fc.nat(255), { maxLength: 12 }), (toy, picks, bytes) => {
        const given = tokensOf(toy, picks)
        const lattice = new ByteLattice(toy.vocabulary, { tau: 0.4 })
        drive(lattice.open(new Uint8Array(0), given), toy, 1)
        drive(lattice.ready(), toy, 1)
        for (const pick of bytes) {
          const possible = [...lattice.conditional().probabilities.entries()].filter(([x, p]) => x < 256 && p > 0)
          step(lattice, toy, possible[pick % possible.length]![0], 1)
        }
        anew += lattice.counters.revivals
        for (const context of lattice.contexts()) {
          expect([...contextTokens(context)].slice(0, given.length)).toEqual([...given])
        }
      }),
      { numRuns: 150 },
    )
    expect(anew).toBeGreaterThan(20)
  })

  test('token by token, has them and the text as its context', () => {
    fc.assert(
      fc.property(toyArbitrary, givenArbitrary, textArbitrary, (toy, picks, prefill) => {
        const given = tokensOf(toy, picks)
        const path = new TokenPath(toy.vocabulary)
        drive(path.open(prefill, given), toy)
        expect([...contextTokens(path.contexts()[0]!)]).toEqual([...given, ...toy.tokenize(prefill)])
      }),
    )
  })
})
