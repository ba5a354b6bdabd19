import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { possibleBytes } from '../../src/core/lattice/possible.ts'
import { endSymbol, symbolCount } from '../../src/core/lattice/symbols.ts'
import { utf8Next, utf8Start } from '../../src/core/lattice/utf8.ts'
import { scorePrompt } from '../../src/ensemble/echo.ts'
import { generate } from '../../src/ensemble/generate.ts'
import type { Candidate, SegmentEvent } from '../../src/ensemble/generation-event.ts'
import { type CompletionRequest, planCompletion } from '../../src/ensemble/plan.ts'
import { bruteForce, defineToy, type Toy, toyArbitrary } from '../core/lattice/toy.ts'
import { directoryOf, runOptions, ToyMember } from './toy-member.ts'

const encoder = new TextEncoder()

/** The fused distribution after `text` by enumeration, for equal weights and the given contexts. */
function fusedAfter(toys: readonly Toy[], contexts: readonly (readonly number[])[], text: Uint8Array): Float64Array {
  let utf8 = utf8Start
  for (const byte of text) utf8 = utf8Next(utf8, byte)
  const fused = new Float64Array(symbolCount)
  toys.forEach((toy, index) => {
    const { valid } = possibleBytes(toy.vocabulary, utf8)
    const own = bruteForce(toy, contexts[index]!, text, (x) => valid[x] === 1)
    own.forEach((p, x) => {
      fused[x]! += p / toys.length
    })
  })
  return fused
}

interface Walked {
  readonly logProb: number
  /** Every symbol is the likeliest at its place. */
  readonly greedy: boolean
  /** Some choice is so near a tie that rounding may decide it. */
  readonly close: boolean
}

/** Log-probability of the symbols after `before`, and whether greedy decoding would have taken them. */
function walk(
  toys: readonly Toy[],
  contexts: readonly (readonly number[])[],
  before: Uint8Array,
  symbols: readonly number[],
): Walked {
  let logProb = 0
  let greedy = true
  let close = false
  symbols.forEach((symbol, index) => {
    const fused = fusedAfter(toys, contexts, Uint8Array.from([...before, ...symbols.slice(0, index)]))
    const best = Math.max(...fused)
    if (fused[symbol]! < best) greedy = false
    if (fused.filter((p) => p > best - 1e-9).length > 1) close = true
    logProb += Math.log(fused[symbol]!)
  })
  return { logProb, greedy, close }
}

/** The contexts of an empty text: models without a beginning-of-sequence token start after their end token, the toys' 0. */
const beginnings = [[0], [0]]

const request: CompletionRequest = {
  model: 'toys',
  prompt: '',
  maxTokens: 3,
  temperature: 1,
  stop: [],
  alternatives: 4,
  diagnostics: 'none',
}

async function planOf(toys: readonly Toy[], overrides: Partial<CompletionRequest>, seed = 1) {
  const directory = await directoryOf(toys.map((toy, index) => new ToyMember(`m${index}`, toy)))
  return planCompletion(directory, { ...request, ...overrides }, seed)
}

async function segmentsOf(toys: readonly Toy[], overrides: Partial<CompletionRequest>, seed: number) {
  const segments: SegmentEvent[] = []
  for await (const event of generate(await planOf(toys, overrides, seed), runOptions())) {
    if (event.kind === 'segment') segments.push(event)
  }
  return segments
}

/** A candidate of an empty text, or one that stops short, is the end; else it is its bytes. */
function symbolsOf({ bytes }: Candidate, own: Uint8Array): number[] {
  const departs = bytes.length > own.length || bytes.some((byte, index) => byte !== own[index])
  return departs ? [...bytes] : [...bytes, endSymbol]
}

const small = toyArbitrary.filter(({ vocabulary }) => vocabulary.size < 16)

describe('log-probabilities at byte granularity', () => {
  test('of the segments are those of an enumeration, and add up to that of the text', async () => {
    await fc.assert(
      fc.asyncProperty(small, small, fc.nat(1000), async (a, b, seed) => {
        const toys = [a, b]
        let text = new Uint8Array(0)
        for (const segment of await segmentsOf(toys, {}, seed)) {
          const bytes = encoder.encode(segment.text)
          const whole = walk(toys, beginnings, text, [...bytes]).logProb
          const ended = walk(toys, beginnings, text, [...bytes, endSymbol]).logProb
          const nearest = Math.abs(segment.logProb - whole) < Math.abs(segment.logProb - ended) ? whole : ended
          expect(segment.logProb).toBeCloseTo(nearest, 9)
          text = Uint8Array.from([...text, ...bytes])
        }
      }),
      { numRuns: 30 },
    )
  })

  test('of the candidates are true; the segment is among them, and the likeliest exactly when greedy decoding writes it', async () => {
    let greedy = 0
    let other = 0
    await fc.assert(
      fc.asyncProperty(small, small, fc.nat(1000), fc.integer({ min: 1, max: 4 }), async (a, b, seed, alternatives) => {
        const toys = [a, b]
        const [segment] = await segmentsOf(toys, { maxTokens: 1, alternatives }, seed)
        if (segment === undefined || segment.text === '') return
        const { candidates, logProb } = segment
        const own = encoder.encode(segment.text)
        const mine = candidates.findIndex(({ bytes }) => Buffer.from(bytes).equals(own))
        expect(candidates[mine]?.logProb).toBe(logProb)
        expect(candidates.length).toBeLessThanOrEqual(mine === alternatives ? alternatives + 1 : alternatives)
        candidates.forEach((candidate, index) => {
          expect(candidate.logProb).toBeLessThanOrEqual(candidates[index - 1]?.logProb ?? 0)
          if (index === mine) return
          const truth = walk(toys, beginnings, new Uint8Array(0), symbolsOf(candidate, own)).logProb
          expect(candidate.logProb).toBeCloseTo(truth, 9)
        })
        const found = walk(toys, beginnings, new Uint8Array(0), [...own])
        // A segment that holds the end has one more choice, which is not in its bytes.
        if (found.close || Math.abs(found.logProb - logProb) > 1e-9) return
        expect(logProb === Math.max(...candidates.map((candidate) => candidate.logProb))).toBe(found.greedy)
        if (found.greedy) greedy++
        else other++
      }),
      { numRuns: 150 },
    )
    expect(Math.min(greedy, other)).toBeGreaterThan(10)
  })

  test('of a segment that a stop string cuts are those of what is left of it', async () => {
    await fc.assert(
      fc.asyncProperty(small, small, fc.nat(1000), async (a, b, seed) => {
        const toys = [a, b]
        const whole = (await segmentsOf(toys, { maxTokens: 6 }, seed)).map(({ text }) => text).join('')
        const stop = [...whole].slice(2, 4).join('')
        if (stop === '') return
        const segments = await segmentsOf(toys, { maxTokens: 6, stop: [stop] }, seed)
        const text = segments.map((segment) => segment.text).join('')
        expect(text).toBe(whole.slice(0, whole.indexOf(stop)))
        const sum = segments.reduce((total, { logProb }) => total + logProb, 0)
        expect(sum).toBeCloseTo(walk(toys, beginnings, new Uint8Array(0), [...encoder.encode(text)]).logProb, 9)
      }),
      { numRuns: 30 },
    )
  })
})

describe('a scored prompt', () => {
  test("has the given tokens' borders and the log-probabilities of an enumeration from the beginning", async () => {
    await fc.assert(
      fc.asyncProperty(small, small, fc.array(fc.nat(100), { minLength: 1, maxLength: 4 }), async (a, b, picks) => {
        const toys = [a, b]
        const { idAt, bytes } = a.vocabulary
        const ids = picks.map((pick) => idAt[pick % idAt.length] as number)
        const text = Uint8Array.from(ids.flatMap((id) => [...bytes[id]!]))
        if (!Buffer.from(Buffer.from(text).toString()).equals(text)) return
        const { segments } = await scorePrompt(await planOf(toys, { prompt: [0, ...ids] }), runOptions())
        expect(segments.map((segment) => [...segment.bytes])).toEqual([[], ...ids.map((id) => [...bytes[id]!])])
        expect(segments[0]?.logProb).toBeNull()
        let before = new Uint8Array(0)
        ids.forEach((id, index) => {
          const truth = walk(toys, beginnings, before, [...bytes[id]!])
          const { logProb, candidates } = segments[index + 1]!
          expect(logProb).toBeCloseTo(truth.logProb, 9)
          const best = Math.max(...candidates.map((candidate) => candidate.logProb))
          if (!truth.close) expect(logProb === best).toBe(truth.greedy)
          before = Uint8Array.from([...before, ...bytes[id]!])
        })
      }),
      { numRuns: 60 },
    )
  })

  test("by token, follows all the lead's tokens, those too that are nothing of the text", async () => {
    const bytes = ['', ' ', 'a', 'b', 'c', ' a'].map((text) => encoder.encode(text))
    const toy = defineToy(bytes, { ends: 1, controls: 0, seed: 5, sharpness: 3 })
    const scored = async (tokens: readonly number[]) => {
      const tokenizer = { ...toy, tokenize: (text: Uint8Array) => (text.length === 0 ? [] : [...tokens]) }
      const directory = await directoryOf([new ToyMember('m', tokenizer, { fingerprint: 'x' })], {
        granularity: 'token',
      })
      const asked = { ...request, prompt: 'abc', diagnostics: 'summary' as const, maxTokens: 0, echo: true }
      const { segments, diagnosis } = await scorePrompt(planCompletion(directory, asked, 1), runOptions())
      expect(diagnosis?.steps).toBe(tokens.length)
      return segments.map((segment) => [Buffer.from(segment.bytes).toString(), segment.logProb] as const)
    }
    /** After the beginning of a model without a token for it: its end. */
    const logProb = (tokens: readonly number[], at: number) =>
      expect.closeTo(Math.log(toy.probabilities([0, ...tokens.slice(0, at)])[tokens[at]!]!), 9)
    const plain = [2, 3, 4]
    const blankAlone = [1, 2, 3, 4]
    const blankWithin = [5, 3, 4]
    for (const [tokens, second] of [[plain, 1] as const, [blankAlone, 2] as const, [blankWithin, 1] as const]) {
      expect(await scored(tokens)).toEqual([
        ['a', null],
        ['b', logProb(tokens, second)],
        ['c', logProb(tokens, second + 1)],
      ])
    }
    // What rewrites the text has no borders in it.
    expect(await scored([4, 4, 3, 2])).toEqual([['abc', null]])
  })
})
