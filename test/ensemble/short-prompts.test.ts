import { describe, expect, test } from 'vitest'
import { possibleBytes } from '../../src/core/lattice/possible.ts'
import { symbolCount } from '../../src/core/lattice/symbols.ts'
import { utf8Start } from '../../src/core/lattice/utf8.ts'
import { defineVocabulary } from '../../src/core/lattice/vocabulary.ts'
import type { Ensemble } from '../../src/ensemble/ensemble.ts'
import { generate } from '../../src/ensemble/generate.ts'
import type { GenerationEvent } from '../../src/ensemble/generation-event.ts'
import { planCompletion, planPredict } from '../../src/ensemble/plan.ts'
import { predict } from '../../src/ensemble/predict.ts'
import type { PromptInput } from '../../src/ensemble/prompt.ts'
import type { Context, ContinueOptions, MemberStep, Probe } from '../../src/members/member.ts'
import { bruteForce, defineToy, defineToyOf, type Toy } from '../core/lattice/toy.ts'
import { decided } from './lockstep/decided.ts'
import { LatticeMember } from './lockstep/lattice-member.ts'
import { directoryOf, runOptions, ToyMember } from './toy-member.ts'

const encoder = new TextEncoder()
const bytes = ['', 'a', 'b', ' ', 'ab', 'ba ', ' a', 'abab'].map((text) => encoder.encode(text))
/** Their tokenizers put no token before a text, and their servers refuse a context without any. */
const toys = [1, 2].map((seed) => defineToy(bytes, { ends: 1, controls: 0, seed, sharpness: 5 }))

/** A member whose contexts are written down. */
class Noting extends ToyMember {
  readonly contexts: number[][] = []

  override continue(context: Context, options: ContinueOptions): AsyncGenerator<MemberStep> {
    if ('tokens' in context) this.contexts.push([...context.tokens])
    return super.continue(context, options)
  }
}

/** A member that takes only text. */
class TextMember extends ToyMember {
  readonly texts: string[] = []

  override async *continue(context: Context, options: ContinueOptions): AsyncGenerator<MemberStep> {
    if (!('text' in context)) throw new Error('it takes text')
    this.texts.push(context.text)
    const tokens = this.toy.tokenize(encoder.encode(context.text))
    yield* super.continue({ tokens: Int32Array.from(tokens) }, options)
  }

  override async probe(): Promise<Probe> {
    const probe = await super.probe()
    return { ...probe, capabilities: { ...probe.capabilities, tokenContexts: false } }
  }
}

async function completed(
  members: readonly ToyMember[],
  prompt: PromptInput,
  overrides: Partial<Ensemble> = {},
): Promise<GenerationEvent[]> {
  const directory = await directoryOf(members, { tau: 5e-3, quorum: members.length, ...overrides })
  const request = { model: 'toys', prompt, maxTokens: 5, temperature: 1, stop: [], diagnostics: 'steps' as const }
  const all: GenerationEvent[] = []
  for await (const event of generate(planCompletion(directory, request, 7), runOptions())) all.push(event)
  return all
}

describe('a prompt that leaves members without a beginning token nothing to go on from', () => {
  test.each(['', 'a', 'ab', ' '])('%j is predicted as an enumeration behind the end of a text does', async (prompt) => {
    const directory = await directoryOf(toys.map((toy, index) => new ToyMember(`m${index}`, toy)))
    const request = { model: 'toys', prompt, top: symbolCount, words: 0, diagnostics: 'none' as const }
    const { symbols } = await predict(planPredict(directory, request), runOptions())
    const { valid } = possibleBytes(toys[0]!.vocabulary, utf8Start)
    const truth = toys.map((toy) => bruteForce(toy, [0], encoder.encode(prompt), (x) => valid[x] === 1))
    for (const { symbol, probability } of symbols) {
      const x = symbol === 'end' ? 256 : symbol
      expect(Math.abs(probability - (truth[0]![x]! + truth[1]![x]!) / 2)).toBeLessThan(1e-12)
    }
  })

  test.each(['', 'a', 'ab', ' '])('%j is gone on with alike by every way of decoding', async (prompt) => {
    const stepwise = await completed(
      toys.map((toy, index) => new ToyMember(`m${index}`, toy)),
      prompt,
      { decoding: 'stepwise' },
    )
    for (const Kind of [ToyMember, LatticeMember]) {
      const members = toys.map((toy, index) => new Kind(`m${index}`, toy))
      expect(decided(await completed(members, prompt))).toEqual(decided(stepwise))
    }
  })

  test('may be the empty text at token granularity', async () => {
    const members = toys.map((toy, index) => new Noting(`m${index}`, toy, { fingerprint: 'one' }))
    await completed(members, '', { granularity: 'token' })
    for (const { contexts } of members) expect(contexts[0]).toEqual([0])
  })

  test('may be nothing but special ids of the lead member, which others read as the empty text', async () => {
    const [one, other] = toys.map((toy, index) => new Noting(`m${index}`, toy))
    const empty = await completed([one!, other!], '', { decoding: 'stepwise' })
    expect(decided(await completed([one!, other!], [0], { decoding: 'stepwise' }))).toEqual(decided(empty))
  })
})

test('ids at token granularity are taken as they are, with nothing before them that the tokenizer does not put there', async () => {
  const members = toys.map((toy, index) => new Noting(`m${index}`, toy, { fingerprint: 'one' }))
  await completed(members, [1, 2], { granularity: 'token' })
  for (const { contexts } of members) expect(contexts[0]).toEqual([1, 2])
})

test('a server that takes only text, which no token can begin, is asked about the first token of the prompt', async () => {
  const member = new TextMember('t', toys[0]!)
  await completed([member], 'ab')
  expect(member.texts[0]).toBe('ab')
  for (const text of member.texts) expect(text).not.toBe('')
})

test('a member that nothing can begin a text for says so of an empty prompt, and takes any other', async () => {
  const endless: Toy = defineToyOf(defineVocabulary({ bytes: bytes.slice(1), end: [], control: [] }), 3)
  const member = new ToyMember('m0', endless, { fingerprint: 'one' })
  for (const granularity of ['byte', 'token'] as const) {
    await expect(completed([member], '', { granularity })).rejects.toMatchObject({
      message: expect.stringContaining('nothing begins a text'),
    })
    expect((await completed([member], 'ab', { granularity })).at(-1)).toMatchObject({ kind: 'finish' })
  }
})
