import fc from 'fast-check'
import { uniform } from '../../../src/core/decode/noise.ts'
import { fromListedTokens, type TokenDistribution } from '../../../src/core/distribution/token-distribution.ts'
import type { ByteLattice } from '../../../src/core/lattice/byte-lattice.ts'
import { completeList } from '../../../src/core/lattice/completed-list.ts'
import { contextTokens } from '../../../src/core/lattice/context.ts'
import type { PathWalk } from '../../../src/core/lattice/symbol-path.ts'
import { endSymbol, symbolCount } from '../../../src/core/lattice/symbols.ts'
import { defineVocabulary, type Vocabulary } from '../../../src/core/lattice/vocabulary.ts'

/** A model small enough to enumerate: any function from contexts to distributions over a toy vocabulary. */
export interface Toy {
  readonly vocabulary: Vocabulary
  /** Probability of every token after a context. */
  probabilities(context: readonly number[]): number[]
  /** The tokenizer: greedy longest match. */
  tokenize(text: Uint8Array): number[]
}

/** Characters of the toy language; é and 語 are of two and three bytes. */
export const characters = ['a', 'b', ' ', 'é', '語']
const encoder = new TextEncoder()

function bytesOf(text: string): Uint8Array {
  return encoder.encode(text)
}

/** Tokens: every byte of the alphabet, random strings (also cut inside a character), one or two ends, maybe a control token. */
export const toyArbitrary: fc.Arbitrary<Toy> = fc
  .record({
    seed: fc.integer({ min: 0, max: 2 ** 31 }),
    words: fc.array(fc.array(fc.constantFrom(...characters), { minLength: 1, maxLength: 4 }), { maxLength: 9 }),
    cuts: fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 9, maxLength: 9 }),
    ends: fc.integer({ min: 1, max: 2 }),
    controls: fc.integer({ min: 0, max: 1 }),
    sharpness: fc.double({ min: 0.5, max: 6, noNaN: true }),
  })
  .map(({ seed, words, cuts, ends, controls, sharpness }) => {
    const single = [...new Set(characters.flatMap((character) => [...bytesOf(character)]))].map((byte) => [byte])
    const longer = words
      .map((word, index) => [...bytesOf(word.join(''))].slice(0, 12).slice(cuts[index] ?? 0))
      .filter((bytes) => bytes.length > 1)
    const text = [...single, ...longer].map((bytes) => Uint8Array.from(bytes))
    const special = Array.from({ length: ends + controls }, () => new Uint8Array(0))
    return defineToy([...special, ...text], { ends, controls, seed, sharpness })
  })

interface ToyOptions {
  readonly ends: number
  readonly controls: number
  readonly seed: number
  readonly sharpness: number
}

export function defineToy(bytes: readonly Uint8Array[], { ends, controls, seed, sharpness }: ToyOptions): Toy {
  const vocabulary = defineVocabulary({
    bytes,
    end: Array.from({ length: ends }, (_, id) => id),
    control: Array.from({ length: controls }, (_, index) => ends + index),
  })
  return defineToyOf(vocabulary, seed, sharpness)
}

/** A toy of any vocabulary. */
export function defineToyOf(vocabulary: Vocabulary, seed: number, sharpness = 3): Toy {
  const { bytes } = vocabulary
  const memory = new Map<number, number[]>()
  return {
    vocabulary,
    probabilities(context) {
      const key = context.reduce((hash, token) => (Math.imul(hash, 31) + token + 1) | 0, 7)
      const known = memory.get(key)
      if (known !== undefined) return known
      const weights = bytes.map((_, id) => Math.exp(sharpness * uniform(seed, key, id)))
      const sum = weights.reduce((total, weight) => total + weight, 0)
      const probabilities = weights.map((weight) => weight / sum)
      memory.set(key, probabilities)
      return probabilities
    },
    tokenize(text) {
      const tokens: number[] = []
      for (let at = 0; at < text.length; ) {
        let best = -1
        bytes.forEach((token, id) => {
          const fits = token.length > 0 && token.every((byte, index) => text[at + index] === byte)
          if (fits && (best < 0 || token.length > (bytes[best] as Uint8Array).length)) best = id
        })
        tokens.push(best)
        at += (bytes[best] as Uint8Array).length
      }
      return tokens
    },
  }
}

/** The toy's list of its `k` likeliest tokens after a context. */
export function listOfToy(toy: Toy, context: readonly number[], k: number): TokenDistribution {
  const probabilities = toy.probabilities(context)
  const ids = [...probabilities.keys()]
    .sort((a, b) => (probabilities[b] as number) - (probabilities[a] as number) || a - b)
    .slice(0, k)
  return fromListedTokens({
    ids,
    logProbs: ids.map((id) => Math.log(probabilities[id] as number)),
    vocabularySize: toy.vocabulary.size,
    topK: k,
  })
}

/** Runs a walk to its end, giving it lists of length `k`; returns how many lists it took. */
export function drive(walk: PathWalk, toy: Toy, k: number = toy.vocabulary.size): number {
  let lists = 0
  let answer: Int32Array | undefined
  for (let next = walk.next(); next.done !== true; next = walk.next(answer)) {
    answer = undefined
    if (next.value.kind === 'tokens') {
      answer = Int32Array.from(toy.tokenize(next.value.text))
      continue
    }
    if (next.value.kind === 'texts') throw new Error('a toy lists tokens')
    for (const context of next.value.contexts) {
      context.list = completeList(listOfToy(toy, [...contextTokens(context)], k), toy.vocabulary)
      lists++
    }
  }
  return lists
}

/** Moves a lattice over a byte and gets it ready for the next distribution. */
export function step(lattice: ByteLattice, toy: Toy, byte: number, k?: number): void {
  drive(lattice.accept(byte), toy, k)
  drive(lattice.ready(), toy, k)
}

/** Probability that a text begins with `text` after the given tokens, summed over all tokenizations. */
export function massOfPrefix(toy: Toy, context: readonly number[], text: Uint8Array): number {
  const probabilities = toy.probabilities(context)
  let mass = 0
  toy.vocabulary.bytes.forEach((token, id) => {
    const common = Math.min(token.length, text.length)
    if (token.length === 0 || !token.subarray(0, common).every((byte, index) => byte === text[index])) return
    const rest = token.length >= text.length ? 1 : massOfPrefix(toy, [...context, id], text.subarray(token.length))
    mass += (probabilities[id] as number) * rest
  })
  return mass
}

/** Probability that the text is `text` and then ends. */
export function massOfWhole(toy: Toy, context: readonly number[], text: Uint8Array): number {
  const probabilities = toy.probabilities(context)
  if (text.length === 0) return [...toy.vocabulary.end].reduce((sum, id) => sum + (probabilities[id] as number), 0)
  let mass = 0
  toy.vocabulary.bytes.forEach((token, id) => {
    if (token.length === 0 || token.length > text.length) return
    if (!token.every((byte, index) => byte === text[index])) return
    mass += (probabilities[id] as number) * massOfWhole(toy, [...context, id], text.subarray(token.length))
  })
  return mass
}

/** The distribution of the symbol after `text` by enumeration of all tokenizations, over the given symbols. */
export function bruteForce(
  toy: Toy,
  context: readonly number[],
  text: Uint8Array,
  allowed: (x: number) => boolean,
): Float64Array {
  const masses = Float64Array.from({ length: symbolCount }, (_, x) => {
    if (!allowed(x)) return 0
    return x === endSymbol ? massOfWhole(toy, context, text) : massOfPrefix(toy, context, Uint8Array.from([...text, x]))
  })
  const total = masses.reduce((sum, mass) => sum + mass, 0)
  return masses.map((mass) => mass / total)
}
