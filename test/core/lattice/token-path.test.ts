import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ByteLattice } from '../../../src/core/lattice/byte-lattice.ts'
import { completeList } from '../../../src/core/lattice/completed-list.ts'
import { contextTokens } from '../../../src/core/lattice/context.ts'
import type { SymbolPath } from '../../../src/core/lattice/symbol-path.ts'
import { TokenPath } from '../../../src/core/lattice/token-path.ts'
import { utf8Allows, utf8Next, utf8Start } from '../../../src/core/lattice/utf8.ts'
import { defineToy, drive, listOfToy, type Toy, toyArbitrary } from './toy.ts'

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
        expect([path.atCharacter(), path.sinceBorder()]).toEqual([clone.atCharacter(), clone.sinceBorder()])
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

  test('what a list hides is spread evenly over the tokens and ends it does not name', () => {
    fc.assert(
      fc.property(toyArbitrary, fc.integer({ min: 1, max: 8 }), (toy, k) => {
        const path = opened(new TokenPath(toy.vocabulary), toy, k)
        const list = listOfToy(toy, [], k)
        const { size, end } = toy.vocabulary
        const each = list.unlisted / (size - list.ids.length)
        const own = (id: number) => {
          const at = list.ids.indexOf(id)
          return at < 0 ? each : Math.exp(list.logProbs[at]!)
        }
        const valid = [...toy.vocabulary.idAt].filter((id) => fits(toy, id, []))
        const ends = [...end].reduce((sum, id) => sum + own(id), 0)
        const total = valid.reduce((sum, id) => sum + own(id), ends)
        const { probabilities, high } = path.conditional()
        for (const id of valid) expect(probabilities[id]).toBeCloseTo(own(id) / total, 10)
        expect(probabilities[path.alphabet.end]).toBeCloseTo(ends / total, 10)
        expect(high[path.alphabet.end]).toBeLessThanOrEqual(1 + 1e-12)
      }),
    )
  })

  test('several unlisted ends can hide no more than there is, nor more than their number lets them', () => {
    const bytes = ['', '', '', 'a', 'b'].map((text) => new TextEncoder().encode(text))
    const toy = {
      ...defineToy(bytes, { ends: 3, controls: 0, seed: 1, sharpness: 1 }),
      probabilities: () => [0.05, 0.05, 0.05, 0.75, 0.1],
    }
    const high = (k: number) => {
      const path = opened(new TokenPath(toy.vocabulary), toy, k)
      return path.conditional().high[path.alphabet.end]
    }
    // Three ends of at most .1 each, but .15 in all; of a list that names two of them only the third.
    expect(high(2)).toBeCloseTo(0.15 / (0.85 + 0.15), 12)
    expect(high(4)).toBeCloseTo(0.15, 12)
  })

  test('is always at a border, prunes nothing, and wakes nothing', () => {
    const toy = fc.sample(toyArbitrary, { numRuns: 1, seed: 1 })[0]!
    const path = opened(new TokenPath(toy.vocabulary), toy)
    expect(path.sinceBorder()).toBe(0)
    expect(path.counters).toEqual({ revivals: 0, prunedMass: 0 })
  })

  test('a text that no token can go on with is a dead end that is told', () => {
    const bytes = [new Uint8Array(0), Uint8Array.of(0xc3), Uint8Array.of(0x61)]
    const toy = defineToy(bytes, { ends: 1, controls: 0, seed: 1, sharpness: 1 })
    const path = opened(new TokenPath(toy.vocabulary), toy)
    drive(path.accept(1), toy)
    expect(() => drive(path.ready(), toy)).toThrow(/no token of the vocabulary goes on/)
  })

  test('gives its arrays to copies, and takes none of theirs', () => {
    fc.assert(
      fc.property(toyArbitrary, fc.integer({ min: 1, max: 8 }), fc.nat(1000), (toy, k, pick) => {
        const path = opened(new TokenPath(toy.vocabulary), toy, k)
        const arrays = path.conditional().probabilities
        const before = [...arrays]
        path.rest()
        const copy = path.clone()
        const valid = [...toy.vocabulary.idAt].filter((id) => fits(toy, id, []))
        drive(copy.accept(valid[pick % valid.length]!), toy, k)
        fc.pre(
          [...toy.vocabulary.idAt].some((id) => fits(toy, id, [...copy.alphabet.bytesOf(valid[pick % valid.length]!)])),
        )
        drive(copy.ready(), toy, k)
        const after = [...copy.conditional().probabilities]
        expect(copy.conditional().probabilities).toBe(arrays)
        expect([...path.conditional().probabilities]).toEqual(before)
        expect([...copy.conditional().probabilities]).toEqual(after)
      }),
    )
  })
})
