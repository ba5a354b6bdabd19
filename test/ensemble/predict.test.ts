import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { endSymbol, symbolCount } from '../../src/core/lattice/symbols.ts'
import { planPredict } from '../../src/ensemble/plan.ts'
import { predict } from '../../src/ensemble/predict.ts'
import { bruteForce, defineToy, toyArbitrary } from '../core/lattice/toy.ts'
import { directoryOf, runOptions, ToyMember } from './toy-member.ts'

const weights = [0.5, 0.3, 0.2]

/** The context of an empty text: the end of another, the toys' 0. */
const beginning = [0]

/** Bytes allowed at the start of a character, and the end. */
const atStart = (x: number) => x < 0x80 || (x >= 0xc2 && x <= 0xf4) || x === endSymbol

describe('predict', () => {
  test('three tokenizers fused equal the weighted sum of their enumerations to 1e-12', async () => {
    await fc.assert(
      fc.asyncProperty(toyArbitrary, toyArbitrary, toyArbitrary, async (...toys) => {
        const members = toys.map((toy, index) => new ToyMember(`m${index}`, toy))
        const seats = members.map((member, index) => ({ member, weight: weights[index]! }))
        const directory = await directoryOf(members, { seats })
        const request = { model: 'toys', prompt: '', top: symbolCount, words: 0, diagnostics: 'summary' as const }
        const prediction = await predict(planPredict(directory, request), runOptions())
        const truth = toys.map((toy) => bruteForce(toy, beginning, new Uint8Array(0), atStart))
        let total = 0
        for (const { symbol, probability, members: shares } of prediction.symbols) {
          const x = symbol === 'end' ? endSymbol : symbol
          const expected = truth.reduce((sum, own, index) => sum + weights[index]! * own[x]!, 0)
          expect(Math.abs(probability - expected)).toBeLessThan(1e-12)
          shares.forEach((share, index) => {
            expect(Math.abs(share.probability - truth[index]![x]!)).toBeLessThan(1e-12)
          })
          total += probability
        }
        expect(total).toBeCloseTo(1, 12)
      }),
      { numRuns: 60 },
    )
  })

  test('symbols come likeliest first, within their bounds, and the list is as long as asked', async () => {
    const bytes = ['', 'a', 'b', ' ', 'ab'].map((text) => new TextEncoder().encode(text))
    const toy = defineToy(bytes, { ends: 1, controls: 0, seed: 4, sharpness: 3 })
    const directory = await directoryOf([new ToyMember('m0', toy)], { topK: 2 })
    const request = { model: 'toys', prompt: 'ab', top: 3, words: 0, diagnostics: 'none' as const }
    const { symbols, diagnosis } = await predict(planPredict(directory, request), runOptions())
    expect(symbols.length).toBe(3)
    expect(diagnosis).toBeNull()
    expect(symbols.map(({ probability }) => probability)).toEqual(
      symbols.map(({ probability }) => probability).sort((a, b) => b - a),
    )
    for (const { low, probability, high } of symbols) expect(low <= probability && probability <= high).toBe(true)
    expect(symbols.some(({ low, high }) => low < high)).toBe(true)
  })

  test('the words found are the likeliest of all, with their exact probability', async () => {
    const text = ['', 'a', 'b', ' ', '.', 'ab', ' a', 'ba'].map((token) => new TextEncoder().encode(token))
    const toys = [1, 2].map((seed) => defineToy(text, { ends: 1, controls: 0, seed, sharpness: 5 }))
    const directory = await directoryOf(toys.map((toy, index) => new ToyMember(`m${index}`, toy)))
    const request = { model: 'toys', prompt: '', top: 1, words: 4, diagnostics: 'summary' as const }
    const { words } = await predict(planPredict(directory, request), runOptions())
    expect(words.map(({ probability }) => probability)).toEqual(
      words.map(({ probability }) => probability).sort((a, b) => b - a),
    )
    for (const { text: word, probability, members } of words) {
      let fused = 0
      toys.forEach((toy, index) => {
        const own = probabilityOfWord(toy, word)
        expect(members[index]!.probability).toBeCloseTo(own, 10)
      })
      fused = chainOf(toys, word)
      expect(probability).toBeCloseTo(fused, 10)
    }
  })

  test('words that the pool holds for impossible are none', async () => {
    const text = ['', 'a', 'b', ' '].map((token) => encoder.encode(token))
    const toy = defineToy(text, { ends: 1, controls: 0, seed: 1, sharpness: 1 })
    // "ab " for nearly certain, from wherever the text stands.
    const probabilities = (context: readonly number[]) => {
      const next = ((context.at(-1) as number) % 3) + 1
      return text.map((_, id) => (id === next ? 0.97 : 0.01))
    }
    const members = ['m0', 'm1'].map((id) => new ToyMember(id, { ...toy, probabilities }))
    const directory = await directoryOf(members, { pool: 'vote' })
    const request = { model: 'toys', prompt: ' ', top: 1, words: 20, diagnostics: 'summary' as const }
    const { words } = await predict(planPredict(directory, request), runOptions())
    expect(words.map(({ text, probability }) => [text, probability])).toEqual([['ab', 1]])
  })
})

const wordBytes = (x: number) => x === 0x61 || x === 0x62
const encoder = new TextEncoder()

/** What may not follow a word. */
function endsAfter(word: string, conditional: Float64Array): number {
  const mark = word.endsWith('.')
  return conditional.reduce((sum, p, x) => (mark || !wordBytes(x) ? sum + p : sum), 0)
}

function conditionals(toy: ReturnType<typeof defineToy>, word: string): Float64Array[] {
  const bytes = encoder.encode(word)
  return Array.from({ length: bytes.length + 1 }, (_, at) => bruteForce(toy, beginning, bytes.subarray(0, at), atStart))
}

function probabilityOfWord(toy: ReturnType<typeof defineToy>, word: string): number {
  const bytes = encoder.encode(word)
  const along = conditionals(toy, word)
  const path = bytes.reduce((product, byte, at) => product * along[at]![byte]!, 1)
  return path * endsAfter(word, along.at(-1)!)
}

/** The fused probability: the pool is taken byte by byte, so it is not the pool of the members' word probabilities. */
function chainOf(toys: readonly ReturnType<typeof defineToy>[], word: string): number {
  const bytes = encoder.encode(word)
  const along = toys.map((toy) => conditionals(toy, word))
  const pooled = (at: number) =>
    Float64Array.from({ length: symbolCount }, (_, x) =>
      along.reduce((sum, own) => sum + own[at]![x]! / toys.length, 0),
    )
  const path = bytes.reduce((product, byte, at) => product * pooled(at)[byte]!, 1)
  return path * endsAfter(word, pooled(bytes.length))
}
