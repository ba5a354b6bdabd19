import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ByteLattice } from '../../../src/core/lattice/byte-lattice.ts'
import { completeList } from '../../../src/core/lattice/completed-list.ts'
import { contextTokens } from '../../../src/core/lattice/context.ts'
import type { SymbolPath } from '../../../src/core/lattice/symbol-path.ts'
import { TokenPath } from '../../../src/core/lattice/token-path.ts'
import { utf8Allows, utf8Next, utf8Start } from '../../../src/core/lattice/utf8.ts'
import { drive, listOfToy, type Toy, toyArbitrary } from './toy.ts'

function opened(path: SymbolPath, toy: Toy, k?: number): SymbolPath {
  drive(path.open(new Uint8Array(0)), toy, k)
  drive(path.ready(), toy, k)
  return path
}

/** Whether a token keeps a text valid that stands after `before`. */
function fits(toy: Toy, id: number, before: readonly number[]): boolean {
  let state = before.reduce(utf8Next, utf8Start)
  for (const byte of toy.vocabulary.bytes[id]!) {
    if (!utf8Allows(state, byte)) return false
    state = utf8Next(state, byte)
  }
  return toy.vocabulary.bytes[id]!.length > 0
}

describe('token path', () => {
  test('is the member itself over the valid tokens, with all ends as one symbol and no control token', () => {
    fc.assert(
      fc.property(toyArbitrary, fc.nat(1000), (toy, pick) => {
        const path = opened(new TokenPath(toy.vocabulary), toy)
        const context: number[] = []
        const text: number[] = []
        for (let step = 0; step < 4; step++) {
          const own = toy.probabilities(context)
          const { probabilities, low, high, missing } = path.conditional()
          const valid = [...own.keys()].filter((id) => fits(toy, id, text))
          const ends = path.atCharacter() ? [...toy.vocabulary.end].reduce((sum, id) => sum + own[id]!, 0) : 0
          const total = valid.reduce((sum, id) => sum + own[id]!, ends)
          for (const id of own.keys()) {
            expect(probabilities[id]).toBeCloseTo(valid.includes(id) ? own[id]! / total : 0, 12)
          }
          expect(probabilities[path.alphabet.end]).toBeCloseTo(ends / total, 12)
          expect([missing, low, high]).toEqual([0, probabilities, probabilities])
          const next = valid[pick % valid.length]!
          drive(path.accept(next), toy)
          drive(path.ready(), toy)
          context.push(next)
          text.push(...path.alphabet.bytesOf(next))
        }
      }),
    )
  })

  test('the truth lies within the bounds of a cut list', () => {
    fc.assert(
      fc.property(toyArbitrary, fc.integer({ min: 1, max: 8 }), (toy, k) => {
        const truth = opened(new TokenPath(toy.vocabulary), toy).conditional().probabilities
        const { probabilities, low, high, missing } = opened(new TokenPath(toy.vocabulary), toy, k).conditional()
        const wrong = [...truth.keys()].filter((x) => truth[x]! < low[x]! - 1e-12 || truth[x]! > high[x]! + 1e-12)
        expect(wrong).toEqual([])
        const variation = truth.reduce((sum, p, x) => sum + Math.abs(p - probabilities[x]!) / 2, 0)
        expect(variation).toBeLessThanOrEqual(missing + 1e-12)
      }),
      { numRuns: 1000 },
    )
  })

  test('summed by first byte it is the byte lattice of the same member', () => {
    fc.assert(
      fc.property(toyArbitrary, (toy) => {
        const tokens = opened(new TokenPath(toy.vocabulary), toy).conditional().probabilities
        const bytes = opened(new ByteLattice(toy.vocabulary, { tau: 0 }), toy).conditional().probabilities
        const sums = new Float64Array(257)
        tokens.forEach((p, id) => {
          sums[toy.vocabulary.bytes[id]?.[0] ?? 256]! += p
        })
        // A token may begin well and break UTF-8 later; the byte lattice can only judge the byte that comes next.
        const whole = [...toy.vocabulary.idAt].every((id) => {
          const [first] = toy.vocabulary.bytes[id]!
          return fits(toy, id, []) || !utf8Allows(utf8Start, first!)
        })
        fc.pre(whole)
        for (let x = 0; x < 257; x++) expect(sums[x]).toBeCloseTo(bytes[x]!, 12)
      }),
    )
  })

  test('a clone goes its own way', () => {
    fc.assert(
      fc.property(toyArbitrary, fc.nat(1000), (toy, pick) => {
        const path = opened(new TokenPath(toy.vocabulary), toy)
        const before = [...path.conditional().probabilities]
        const clone = path.clone()
        const valid = [...toy.vocabulary.idAt].filter((id) => fits(toy, id, []))
        const token = valid[pick % valid.length]!
        for (const each of [clone, path]) {
          expect([...each.conditional().probabilities]).toEqual(before)
          drive(each.accept(token), toy)
          drive(each.ready(), toy)
        }
        expect([...path.conditional().probabilities]).toEqual([...clone.conditional().probabilities])
        expect([path.atCharacter(), path.atBorder()]).toEqual([clone.atCharacter(), clone.atBorder()])
        expect([...path.clone().conditional().probabilities]).toEqual([...path.conditional().probabilities])
      }),
    )
  })

  test('starts at the end of a prompt with its tokens, and is read anew when its list is', () => {
    fc.assert(
      fc.property(toyArbitrary, (toy) => {
        const text = new TextEncoder().encode('ab a')
        const path = new TokenPath(toy.vocabulary)
        drive(path.open(text), toy)
        drive(path.ready(), toy, 2)
        const cut = path.conditional()
        const [context] = path.contexts()
        expect([...contextTokens(context!)]).toEqual(toy.tokenize(text))
        context!.list = completeList(listOfToy(toy, toy.tokenize(text), toy.vocabulary.size), toy.vocabulary)
        expect(path.conditional()).toBe(cut)
        path.refresh()
        expect(path.conditional().missing).toBe(0)
      }),
    )
  })
})
