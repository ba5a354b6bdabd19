import fc from 'fast-check'
import { expect, test } from 'vitest'
import { uniform } from '../../../src/core/decode/noise.ts'
import { fromListedTexts } from '../../../src/core/distribution/text-distribution.ts'
import { ByteLattice } from '../../../src/core/lattice/byte-lattice.ts'
import type { Conditional, PathWalk } from '../../../src/core/lattice/symbol-path.ts'
import { endSymbol } from '../../../src/core/lattice/symbols.ts'
import { completeTexts } from '../../../src/core/lattice/text-list.ts'
import { TextPath } from '../../../src/core/lattice/text-path.ts'
import { defineToy, drive, step, type Toy } from './toy.ts'

const encoder = new TextEncoder()

/** A toy whose distributions depend on the text alone: what a member that takes only text is. */
const textToyArbitrary: fc.Arbitrary<Toy> = fc
  .record({
    seed: fc.integer({ min: 0, max: 2 ** 31 }),
    words: fc.uniqueArray(fc.stringMatching(/^[ab ]{2,4}$/), { maxLength: 6 }),
  })
  .map(({ seed, words }) => {
    const bytes = ['', 'a', 'b', ' ', ...words].map((token) => encoder.encode(token))
    const toy = defineToy(bytes, { ends: 1, controls: 0, seed, sharpness: 3 })
    return {
      ...toy,
      probabilities(context) {
        const text = context.flatMap((token) => [...bytes[token]!])
        const key = text.reduce((hash, byte) => (Math.imul(hash, 31) + byte) | 0, 7)
        const weights = bytes.map((_, id) => Math.exp(3 * uniform(seed, key, id)))
        const sum = weights.reduce((total, weight) => total + weight, 0)
        return weights.map((weight) => weight / sum)
      },
    }
  })

function driveText(walk: PathWalk, toy: Toy, k: number): void {
  for (let next = walk.next(); next.done !== true; next = walk.next()) {
    if (next.value.kind !== 'texts') throw new Error('a path over texts asks for texts')
    for (const context of next.value.contexts) {
      const listed = toy
        .probabilities(toy.tokenize(context.text))
        .map((probability, id) => ({
          bytes: id === 0 ? null : toy.vocabulary.bytes[id]!,
          logProb: Math.log(probability),
        }))
        .sort((a, b) => b.logProb - a.logProb)
        .slice(0, k)
      context.list = completeTexts(fromListedTexts(listed, k))
    }
  }
}

function stepText(path: TextPath, toy: Toy, byte: number, k: number): Conditional {
  driveText(path.accept(byte), toy, k)
  driveText(path.ready(), toy, k)
  return path.conditional()
}

/** The lattice that knows the tokens, along the same text. */
function reference(toy: Toy, text: string): Conditional {
  const lattice = new ByteLattice(toy.vocabulary, { tau: 0 })
  drive(lattice.open(new Uint8Array(0)), toy)
  drive(lattice.ready(), toy)
  for (const byte of encoder.encode(text)) step(lattice, toy, byte)
  return lattice.conditional()
}

function opened(toy: Toy, k: number): TextPath {
  const path = new TextPath({ tau: 0 })
  driveText(path.open(new Uint8Array(0)), toy, k)
  driveText(path.ready(), toy, k)
  return path
}

const texts = fc.stringMatching(/^[ab ]{1,6}$/)

test('with full lists it is the lattice that knows the tokens, for a model that depends on its text alone', () => {
  fc.assert(
    fc.property(textToyArbitrary, texts, (toy, text) => {
      const path = opened(toy, 1000)
      for (const byte of encoder.encode(text)) stepText(path, toy, byte, 1000)
      const truth = reference(toy, text).probabilities
      for (let x = 0; x <= endSymbol; x++) expect(path.conditional().probabilities[x]).toBeCloseTo(truth[x]!, 8)
    }),
  )
})

test('one step of a truncated list: low ≤ truth ≤ high, the sum is 1, and no valid byte is impossible', () => {
  fc.assert(
    fc.property(textToyArbitrary, fc.integer({ min: 1, max: 6 }), (toy, k) => {
      const { probabilities, low, high, missing } = opened(toy, k).conditional()
      const truth = reference(toy, '').probabilities
      for (let x = 0; x <= endSymbol; x++) {
        expect(low[x]).toBeLessThanOrEqual(truth[x]! + 1e-9)
        expect(high[x]).toBeGreaterThanOrEqual(truth[x]! - 1e-9)
      }
      expect(probabilities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 10)
      expect(probabilities[0x7a]).toBeGreaterThan(0)
      expect(probabilities[0x80]).toBe(0)
      expect(missing).toBeLessThanOrEqual(1)
    }),
  )
})

test('it goes on over any valid text, through characters that no list holds', () => {
  const toy = fc.sample(textToyArbitrary, { numRuns: 1, seed: 3 })[0]!
  const known = (text: Uint8Array) => ({ ...toy, tokenize: () => [text.length % 3] })
  const path = new TextPath({ tau: 0.01 })
  const text = encoder.encode('é語a😀b')
  driveText(path.open(new Uint8Array(0)), known(text), 3)
  driveText(path.ready(), known(text), 3)
  for (const byte of text) {
    expect(path.conditional().probabilities[byte]).toBeGreaterThan(0)
    stepText(path, known(text), byte, 3)
  }
  expect(path.atCharacter()).toBe(true)
})

test('a longer list for a context that is alive finds the hypotheses their places anew', () => {
  fc.assert(
    fc.property(textToyArbitrary, texts, (toy, text) => {
      const path = opened(toy, 4)
      for (const byte of encoder.encode(text)) stepText(path, toy, byte, 4)
      const copy = path.clone()
      for (const context of copy.contexts()) {
        if (context.list === null) continue
        context.list = null
        driveText(textsOf(context), toy, 1000)
      }
      copy.refresh()
      const { probabilities } = copy.conditional()
      expect(probabilities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 10)
    }),
  )
})

function* textsOf(context: ReturnType<TextPath['contexts']>[number]): PathWalk {
  yield { kind: 'texts', contexts: [context] }
}

/** A member that says the same after every text: of each token its probability; null is the end. */
function constant(probabilities: Readonly<Record<string, number>>, end = 0) {
  const listed = Object.entries(probabilities).map(([text, p]) => ({
    bytes: encoder.encode(text),
    logProb: Math.log(p),
  }))
  if (end > 0) listed.push({ bytes: null as never, logProb: Math.log(end) })
  return completeTexts(fromListedTexts(listed, listed.length))
}

function along(path: TextPath, list: ReturnType<typeof completeTexts>, text: string): Conditional {
  const give = (walk: PathWalk) => {
    for (const need of walk) {
      if (need.kind === 'texts') for (const context of need.contexts) context.list = list
    }
  }
  give(path.open(new Uint8Array(0)))
  give(path.ready())
  for (const byte of encoder.encode(text)) {
    give(path.accept(byte))
    give(path.ready())
  }
  return path.conditional()
}

test('the last border is where the likeliest cut of the text has one', () => {
  const list = constant({ a: 0.1, ab: 0.6, b: 0.2, 'b ': 0.1 })
  const at = (text: string) => {
    const path = new TextPath({ tau: 0 })
    along(path, list, text)
    return path.sinceBorder()
  }
  // Inside "ab", .6, rather than behind "a", .1; then behind "ab", .6 + .1·.2, rather than inside "b ", .1·.1.
  expect([at(''), at('a'), at('ab'), at('ab ')]).toEqual([0, 1, 0, 0])
})

test('a border of less than τ is dropped and counted, unless there is nothing else', () => {
  const list = constant({ a: 0.01, ab: 0.79, b: 0.2 })
  const path = new TextPath({ tau: 0.05 })
  along(path, list, 'a')
  expect(path.contexts()).toHaveLength(1)
  expect(path.counters.prunedMass).toBeCloseTo(0.01 / 0.8, 10)
  const kept = new TextPath({ tau: 0.01 })
  along(kept, list, 'a')
  expect(kept.contexts()).toHaveLength(2)
  expect(kept.counters).toEqual({ revivals: 0, prunedMass: 0 })
  const alone = new TextPath({ tau: 0.9 })
  along(alone, constant({ a: 0.5, b: 0.5 }), 'a')
  expect([alone.contexts().length, alone.counters.prunedMass]).toEqual([1, 0])
})

test('inside a token that is whole in no list nothing has ended', () => {
  const list = constant({ abc: 1 - 1e-9 })
  const path = new TextPath({ tau: 0 })
  along(path, list, 'a')
  // What is unlisted may have ended: little, but something.
  expect(path.contexts()).toHaveLength(2)
  along(path, list, 'ab')
  expect(path.sinceBorder()).toBe(2)
})

test('a text that a member holds for impossible starts anew, and that is counted', () => {
  const path = new TextPath({ tau: 0 })
  const list = { ...constant({ a: 0.5, b: 0.5 }), spread: 0 }
  const after = along(path, list, 'az')
  expect(path.counters.revivals).toBe(1)
  expect(after.probabilities[0x61]).toBeCloseTo(0.5, 9)
  expect(path.clone().counters).toEqual(path.counters)
})

test('a text of a hundred improbable bytes does not underflow', () => {
  const list = constant({ a: 1e-9, b: 1 - 2e-9 })
  const path = new TextPath({ tau: 0 })
  const { probabilities, mass } = along(path, list, 'a'.repeat(100))
  expect(mass).toBeGreaterThan(1e-70)
  expect(path.counters.revivals).toBe(0)
  expect(probabilities[0x62]).toBeCloseTo(1, 6)
})

test('the end has its listed share at a border and none inside a character', () => {
  const list = constant({ a: 0.6, é: 0.1 }, 0.3)
  const path = new TextPath({ tau: 0 })
  expect(along(path, list, '').probabilities[endSymbol]).toBeCloseTo(0.3, 9)
  const inside = new TextPath({ tau: 0 })
  along(inside, list, '')
  for (const need of inside.accept(0xc3)) expect(need).toBeUndefined()
  for (const _ of inside.ready()) throw new Error('what ends inside a character is asked for by nobody')
  expect(inside.atCharacter()).toBe(false)
  expect(inside.conditional().probabilities[endSymbol]).toBe(0)
  expect(inside.conditional().probabilities[0xa9]).toBeGreaterThan(0.9)
})

test('a path has no trunk, and gives its arrays to the copies that need them', () => {
  const path = new TextPath({ tau: 0 })
  const list = constant({ a: 0.5, b: 0.5 })
  const { probabilities } = along(path, list, 'ab')
  const before = [...probabilities]
  path.rest()
  const copy = path.clone()
  expect(copy.conditional().probabilities).toBe(probabilities)
  expect([...path.conditional().probabilities]).toEqual(before)
  expect(path.trunk()).toBeNull()
})

function give(walk: PathWalk, list: ReturnType<typeof completeTexts>): string[] {
  const asked: string[] = []
  for (const need of walk) {
    if (need.kind !== 'texts') continue
    for (const context of need.contexts) {
      asked.push(new TextDecoder().decode(context.text))
      context.list = list
    }
  }
  return asked
}

test('lists are asked for by the whole text, prompt and all, one for each border that is alive', () => {
  const list = constant({ a: 0.4, ab: 0.4, b: 0.2 })
  const path = new TextPath({ tau: 0 })
  expect(give(path.open(encoder.encode('é ')), list)).toEqual(['é '])
  expect(give(path.ready(), list)).toEqual([])
  expect(give(path.accept(0x61), list)).toEqual([])
  expect(give(path.ready(), list)).toEqual(['é a'])
  give(path.accept(0x62), list)
  expect(give(path.ready(), list)).toEqual(['é ab'])
})

test('where a border was dropped, nothing is asked for until a token ends', () => {
  const list = constant({ a: 0.1, abcd: 0.9 })
  const path = new TextPath({ tau: 0.5 })
  along(path, list, 'a')
  for (const byte of encoder.encode('bc')) {
    give(path.accept(byte), list)
    expect(give(path.ready(), list)).toEqual([])
    expect(path.contexts()).toHaveLength(1)
  }
  give(path.accept(0x64), list)
  expect(give(path.ready(), list)).toEqual(['abcd'])
})

test('a token that would break a character leaves nothing: the path starts anew inside the character', () => {
  const broken = completeTexts(fromListedTexts([{ bytes: Uint8Array.of(0xc3, 0x28), logProb: 0 }], 1))
  const list = { ...broken, spread: 0 }
  const path = new TextPath({ tau: 0 })
  along(path, list, '')
  give(path.accept(0xc3), list)
  give(path.ready(), list)
  expect(path.counters.revivals).toBe(1)
  const { probabilities } = path.conditional()
  expect([probabilities[0x28], probabilities[0x80], probabilities[0xc3]]).toEqual([0, expect.closeTo(1 / 64, 12), 0])
})

test('a longer list takes the place of the shorter one, for those inside a token too', () => {
  const short = constant({ abc: 0.5 })
  const long = constant({ a: 0.1, ab: 0.2, abc: 0.5, b: 0.15, ba: 0.05 })
  const path = new TextPath({ tau: 0 })
  along(path, short, 'a')
  const [inside, border] = path.contexts()
  inside!.list = long
  border!.list = long
  path.refresh()
  const choices = 128 + 51 + 1
  const weight = 0.5 / choices
  // Of "ab" and "abc", and of "b" and "ba" behind the border that the unlisted mass had opened.
  const b = 0.7 + weight * (0.2 + 1e-12 / choices)
  const all = 0.7 + weight
  const { probabilities, excluded, missing } = path.conditional()
  expect(probabilities[0x62]).toBeCloseTo(b / all, 9)
  expect(probabilities[0x61]).toBeCloseTo((weight * 0.8) / all, 9)
  expect(excluded).toBe(0)
  expect(missing).toBeLessThan(1e-9)
  give(path.accept(0x62), long)
  expect(path.contexts()).toHaveLength(3)
})

test('what is hidden is what the lists of the living borders hide', () => {
  const path = new TextPath({ tau: 0 })
  const { missing, probabilities } = along(path, constant({ a: 0.5, b: 0.3 }), '')
  expect(missing).toBeCloseTo(0.2, 12)
  expect(probabilities[0x7a]).toBeCloseTo(0.2 / (128 + 51 + 1), 12)
  expect(probabilities[0x61]).toBeCloseTo(0.5 + 0.2 / (128 + 51 + 1), 12)
})

test('a copy goes its own way, from inside a character too', () => {
  const list = constant({ é: 0.5, a: 0.3, b: 0.2 })
  const path = new TextPath({ tau: 0 })
  along(path, list, '')
  give(path.accept(0xc3), list)
  give(path.ready(), list)
  const copy = path.clone()
  const before = [...path.conditional().probabilities]
  expect([...copy.conditional().probabilities]).toEqual(before)
  expect(copy.atCharacter()).toBe(false)
  path.rest()
  give(copy.accept(0xa9), list)
  expect(give(copy.ready(), list)).toEqual(['é'])
  const after = [...copy.conditional().probabilities]
  expect([...path.conditional().probabilities]).toEqual(before)
  expect([...copy.conditional().probabilities]).toEqual(after)
  expect(copy.atCharacter()).toBe(true)
  give(path.accept(0xa8), list)
  expect(give(path.ready(), list)).toEqual(['è'])
})

test('arrays that a path has given away are no longer its own', () => {
  const list = constant({ ab: 0.5, a: 0.2, b: 0.3 })
  const path = new TextPath({ tau: 0 })
  const before = [...along(path, list, 'a').probabilities]
  path.rest()
  const copy = path.clone()
  give(copy.accept(0x62), list)
  give(copy.ready(), list)
  const after = [...copy.conditional().probabilities]
  expect([...path.conditional().probabilities]).toEqual(before)
  expect([...copy.conditional().probabilities]).toEqual(after)
})

test('without a border nothing is asked for, even where nothing is dropped', () => {
  const path = new TextPath({ tau: 0 })
  along(path, { ...constant({ abc: 1 }), spread: 0 }, 'a')
  expect(path.contexts()).toHaveLength(1)
})
