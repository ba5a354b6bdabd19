import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { uniform } from '../../../src/core/decode/noise.ts'
import { ByteLattice } from '../../../src/core/lattice/byte-lattice.ts'
import { contextTokens } from '../../../src/core/lattice/context.ts'
import { endSymbol } from '../../../src/core/lattice/symbols.ts'
import { utf8Allows, utf8Next, utf8Start } from '../../../src/core/lattice/utf8.ts'
import { bruteForce, characters, defineToy, drive, step, type Toy, toyArbitrary } from './toy.ts'

const textArbitrary = fc
  .array(fc.constantFrom(...characters), { maxLength: 4 })
  .map((parts) => new TextEncoder().encode(parts.join('')))

/** A lattice without pruning at the start of an empty text. */
function opened(toy: Toy, tau = 0, k?: number): ByteLattice {
  const lattice = new ByteLattice(toy.vocabulary, { tau })
  drive(lattice.open(new Uint8Array(0)), toy, k)
  drive(lattice.ready(), toy, k)
  return lattice
}

function utf8After(bytes: Uint8Array) {
  return bytes.reduce(utf8Next, utf8Start)
}

function allowedAfter(bytes: Uint8Array): (symbol: number) => boolean {
  const state = utf8After(bytes)
  return (x) => (x === endSymbol ? state.remaining === 0 : utf8Allows(state, x))
}

function largestDifference(a: Float64Array, b: Float64Array): number {
  return a.reduce((most, value, index) => Math.max(most, Math.abs(value - (b[index] as number))), 0)
}

describe('byte lattice', () => {
  test('full lists and no pruning equal the enumeration of all tokenizations to 1e-12, byte by byte', () => {
    fc.assert(
      fc.property(toyArbitrary, textArbitrary, (toy, text) => {
        const lattice = opened(toy)
        for (let at = 0; at <= text.length; at++) {
          const before = text.subarray(0, at)
          const truth = bruteForce(toy, [], before, allowedAfter(before))
          expect(largestDifference(lattice.conditional().probabilities, truth)).toBeLessThan(1e-12)
          if (at < text.length) step(lattice, toy, text[at] as number)
        }
      }),
      { numRuns: 150 },
    )
  })

  test('a prompt that may end inside a token is healed: the conditional equals enumeration from the root border', () => {
    fc.assert(
      fc.property(toyArbitrary, textArbitrary, (toy, prompt) => {
        const lattice = new ByteLattice(toy.vocabulary, { tau: 0 })
        drive(lattice.open(prompt), toy)
        const root = lattice.contexts().reduce((a, b) => (b.length < a.length ? b : a))
        drive(lattice.ready(), toy)
        let first = root.chain
        while (first.parent !== null) first = first.parent
        const context = [...first.tokens]
        const consumed = context.reduce((sum, id) => sum + (toy.vocabulary.bytes[id] as Uint8Array).length, 0)
        const truth = bruteForce(toy, context, prompt.subarray(consumed), allowedAfter(prompt))
        expect(largestDifference(lattice.conditional().probabilities, truth)).toBeLessThan(1e-12)
      }),
      { numRuns: 150 },
    )
  })

  test('the prompt’s own tokenization is alive at its end, however short the lists and hard the pruning', () => {
    fc.assert(
      fc.property(
        toyArbitrary,
        textArbitrary,
        fc.constantFrom(1, 3),
        fc.constantFrom(5e-3, 0.3),
        (toy, prompt, k, tau) => {
          const lattice = new ByteLattice(toy.vocabulary, { tau })
          drive(lattice.open(prompt), toy, k)
          const own = toy.tokenize(prompt).join()
          expect(lattice.contexts().map((context) => contextTokens(context).join())).toContain(own)
        },
      ),
      { numRuns: 500 },
    )
  })

  test('a list is given up with the context that needed it', () => {
    const bytes = ['', 'a', 'b', 'ab'].map((text) => new TextEncoder().encode(text))
    const lattice = opened(defineToy(bytes, { ends: 1, controls: 0, seed: 3, sharpness: 2 }), 5e-3)
    const [first] = lattice.contexts()
    const held = new Set<unknown>()
    for (let value: unknown = first; value !== null && typeof value === 'object'; ) {
      held.add(value)
      value = (value as { chain?: unknown; parent?: unknown }).chain ?? (value as { parent?: unknown }).parent ?? null
    }
    expect([...held].filter((value) => 'list' in (value as object))).toEqual([first])
  })

  test('every conditional sums to 1 and lists of the whole vocabulary leave no interval', () => {
    fc.assert(
      fc.property(toyArbitrary, textArbitrary, (toy, text) => {
        const lattice = opened(toy, 5e-3)
        for (const byte of text) {
          const { probabilities, low, high, missing } = lattice.conditional()
          expect(Math.abs(probabilities.reduce((a, b) => a + b, 0) - 1)).toBeLessThan(1e-12)
          expect(missing).toBe(0)
          expect(largestDifference(low, high)).toBe(0)
          step(lattice, toy, byte)
        }
      }),
    )
  })

  test('the truth lies between the bounds of a truncated step, and the missing mass bounds the total variation', () => {
    fc.assert(
      fc.property(toyArbitrary, fc.integer({ min: 1, max: 8 }), (toy, k) => {
        const { probabilities, low, high, missing } = opened(toy, 0, k).conditional()
        const truth = bruteForce(toy, [], new Uint8Array(0), allowedAfter(new Uint8Array(0)))
        let variation = 0
        const violations = [...truth.keys()].filter((x) => {
          const [p, completed] = [truth[x] as number, probabilities[x] as number]
          variation += Math.abs(p - completed) / 2
          const least = (low[x] as number) - 1e-12
          const most = (high[x] as number) + 1e-12
          return p < least || p > most || completed < least || completed > most
        })
        expect(violations).toEqual([])
        expect(variation).toBeLessThanOrEqual(missing + 1e-12)
      }),
      { numRuns: 2000 },
    )
  })

  test('a member with a byte vocabulary passes through unchanged', () => {
    const bytes = [new Uint8Array(0), ...Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte))]
    const toy = defineToy(bytes, { ends: 1, controls: 0, seed: 5, sharpness: 3 })
    const lattice = opened(toy)
    const context: number[] = []
    for (const byte of new TextEncoder().encode('aé b')) {
      const own = toy.probabilities(context)
      const allowed = allowedAfter(Uint8Array.from(context.map((id) => id - 1)))
      const byTokens = Float64Array.from({ length: 257 }, (_, x) =>
        allowed(x) ? (own[x === endSymbol ? 0 : x + 1] as number) : 0,
      )
      const total = byTokens.reduce((a, b) => a + b, 0)
      expect(
        largestDifference(
          lattice.conditional().probabilities,
          byTokens.map((p) => p / total),
        ),
      ).toBeLessThan(1e-15)
      step(lattice, toy, byte)
      context.push(byte + 1)
    }
  })

  test('no free generation dies or breaks UTF-8, however short the lists and hard the pruning', () => {
    fc.assert(
      fc.property(
        toyArbitrary,
        fc.constantFrom(1, 3, 1000),
        fc.constantFrom(5e-3, 0.3),
        fc.integer({ min: 0, max: 2 ** 31 }),
        (toy, k, tau, seed) => {
          const lattice = opened(toy, tau, k)
          const output: number[] = []
          for (let at = 0; at < 60; at++) {
            const { probabilities } = lattice.conditional()
            // Every second byte is drawn from a flat distribution over what is possible: texts the member finds unlikely.
            const scores = probabilities.map((p, x) =>
              p > 0
                ? (at % 2 === 0 ? Math.log(p) : 0) - Math.log(-Math.log(uniform(seed, at, x)))
                : Number.NEGATIVE_INFINITY,
            )
            scores[endSymbol] = Number.NEGATIVE_INFINITY
            const byte = scores.indexOf(Math.max(...scores))
            output.push(byte)
            step(lattice, toy, byte, k)
          }
          const whole = output.slice(0, output.length - (lattice.atCharacter() ? 0 : 3))
          expect(() =>
            new TextDecoder('utf-8', { fatal: lattice.atCharacter() }).decode(Uint8Array.from(whole)),
          ).not.toThrow()
        },
      ),
      { numRuns: 300 },
    )
  })

  test('a text whose only context was pruned comes back by revival', () => {
    const bytes = ['', 'a', 'b', 'ab', 'abb'].map((text) => new TextEncoder().encode(text))
    const toy: Toy = {
      ...defineToy(bytes, { ends: 1, controls: 0, seed: 1, sharpness: 1 }),
      // After nothing, "ab…" is almost surely one token, so the context ["a"] has a share of 0.001 and is pruned.
      probabilities: (context) =>
        context.length === 0 ? [0.0005, 0.001, 0.0005, 0.499, 0.499] : [0.2, 0.2, 0.2, 0.2, 0.2],
    }
    const lattice = opened(toy, 5e-3)
    step(lattice, toy, 0x61)
    expect(lattice.counters.prunedMass).toBeGreaterThan(0)
    // "aa" needs the pruned context ["a"]; no live hypothesis goes on with a second "a", which has the remainder alone:
    // half of the thousandth that was pruned, for "a" and "b".
    expect(lattice.conditional().probabilities[0x61]).toBeCloseTo(0.001 / 2, 5)
    step(lattice, toy, 0x61)
    expect(lattice.counters.revivals).toBe(1)
    expect(lattice.conditional().probabilities[0x61]).toBeCloseTo(0.2, 3)
  })

  test('no byte that some token begins with is impossible, however hard the pruning, and one step changes by no more than was pruned', () => {
    fc.assert(
      fc.property(toyArbitrary, textArbitrary, fc.constantFrom(5e-3, 0.05, 0.3), (toy, text, tau) => {
        const lattice = opened(toy, tau)
        const exact = opened(toy)
        for (const [at, byte] of text.entries()) {
          const { probabilities } = lattice.conditional()
          expect(Math.abs(probabilities.reduce((a, b) => a + b, 0) - 1)).toBeLessThan(1e-12)
          const allowed = allowedAfter(text.subarray(0, at))
          for (const single of new TextEncoder().encode(characters.join(''))) {
            if (allowed(single)) expect(probabilities[single]).toBeGreaterThan(0)
          }
          // The first pruning meets an exact lattice: from then on errors could add up.
          const before = lattice.counters.prunedMass
          step(lattice, toy, byte)
          step(exact, toy, byte)
          if (before > 0) continue
          const truth = exact.conditional().probabilities
          const own = lattice.conditional().probabilities
          const variation = truth.reduce((sum, p, x) => sum + Math.abs(p - (own[x] as number)) / 2, 0)
          // A remainder below 1e-9 is held to be that.
          expect(variation).toBeLessThanOrEqual(lattice.counters.prunedMass + 2e-9)
        }
      }),
      { numRuns: 200 },
    )
  })

  test('a clone goes its own way', () => {
    fc.assert(
      fc.property(toyArbitrary, (toy) => {
        const lattice = opened(toy)
        const before = [...lattice.conditional().probabilities]
        const clone = lattice.clone()
        step(clone, toy, 0x61)
        expect([...lattice.conditional().probabilities]).toEqual(before)
        step(lattice, toy, 0x61)
        expect([...lattice.conditional().probabilities]).toEqual([...clone.conditional().probabilities])
      }),
    )
  })
})
