import { expect, test } from 'vitest'
import { fromListedTexts } from '../../src/core/distribution/text-distribution.ts'
import { defineVocabulary } from '../../src/core/lattice/vocabulary.ts'
import { generate } from '../../src/ensemble/generate.ts'
import { type Observer, silentObserver } from '../../src/ensemble/observer.ts'
import { planCompletion } from '../../src/ensemble/plan.ts'
import { TuttiError } from '../../src/errors.ts'
import type { Context, ContinueOptions, MemberStep, Probe, TextStep } from '../../src/members/member.ts'
import { defineToyOf, listOfToy, type Toy } from '../core/lattice/toy.ts'
import { smallVocabulary } from '../wire/kit/twin-model.ts'
import { directoryOf, runOptions, ToyMember } from './toy-member.ts'

const encoder = new TextEncoder()

function vocabularyOf(...texts: readonly string[]) {
  const bytes = texts.map((text) => encoder.encode(text))
  return defineVocabulary({ bytes: [new Uint8Array(0), ...bytes], end: [0], control: [] })
}

/** A toy whose distributions depend on the text alone. */
function textToy(vocabulary: ReturnType<typeof vocabularyOf>, seed: number): Toy {
  const toy = defineToyOf(vocabulary, seed)
  return {
    ...toy,
    probabilities: (context) => toy.probabilities(context.flatMap((token) => [...vocabulary.bytes[token]!])),
  }
}

/** A member that takes only text, before which its server puts a token, and by `knows` has a tokenizer file. */
class TextToyMember extends ToyMember {
  readonly knows: boolean
  readonly texts: string[] = []

  constructor(id: string, toy: Toy, knows: boolean) {
    super(id, toy)
    this.knows = knows
  }

  override async *continue(context: Context, options: ContinueOptions): AsyncGenerator<MemberStep> {
    if (!('text' in context) || !this.knows) throw new TuttiError('internal', 'it takes texts, and knows tokens or not')
    this.texts.push(context.text)
    const tokens = this.toy.tokenize(encoder.encode(context.text))
    yield* super.continue({ tokens: Int32Array.from([0, ...tokens]) }, options)
  }

  async *continueText(text: string, { topK, onUsage }: ContinueOptions): AsyncGenerator<TextStep> {
    this.texts.push(text)
    onUsage?.({ promptTokens: 40 + text.length, cachedTokens: null })
    const { ids, logProbs } = listOfToy(this.toy, this.toy.tokenize(encoder.encode(text)), topK)
    const listed = Array.from(ids, (id, i) => ({
      bytes: this.toy.vocabulary.end.has(id) ? null : this.toy.vocabulary.bytes[id]!,
      logProb: logProbs[i]!,
    }))
    yield { distribution: fromListedTexts(listed, topK), bytes: listed[0]!.bytes }
  }

  override async probe(): Promise<Probe> {
    const probe = await super.probe()
    const capabilities = { ...probe.capabilities, tokenContexts: false, exactBytes: this.knows }
    return { ...probe, capabilities, vocabulary: this.knows ? probe.vocabulary : null }
  }
}

const observer: Observer = {
  ...silentObserver,
  answered({ wasted }) {
    for (const { lists } of wasted) expect(lists).toBeGreaterThanOrEqual(0)
  },
}

async function textOf(members: readonly ToyMember[], seed: number, overrides: object = {}): Promise<string> {
  const directory = await directoryOf(members, { topK: 1000, ...overrides })
  const request = { model: 'toys', prompt: '', maxTokens: 12, temperature: 1, stop: [], diagnostics: 'none' } as const
  let text = ''
  for await (const event of generate(planCompletion(directory, request, seed), { ...runOptions(), observer })) {
    if ('text' in event) text += event.text
  }
  return text
}

const words = vocabularyOf('a', 'b', ' ', 'ab', 'ba ', ' a', 'bb')
const other = vocabularyOf('a', 'b', ' ', 'aa', 'b a')

test('members that take only text are fused as if they took tokens, for models that depend on their text alone', async () => {
  for (let seed = 1; seed <= 5; seed++) {
    const [first, second] = [textToy(words, seed), textToy(other, seed + 100)]
    const reference = await textOf([new ToyMember('t', first), new ToyMember('u', second)], seed)
    for (const knows of [true, false]) {
      const members = [new TextToyMember('t', first, knows), new ToyMember('u', second)]
      expect(await textOf(members, seed)).toBe(reference)
      expect((members[0] as TextToyMember).texts.length).toBeGreaterThan(0)
    }
  }
})

test('a context that ends inside a character is never sent, and no error', async () => {
  const cut = smallVocabulary(['é', '語a'])
  for (const knows of [true, false]) {
    for (let seed = 1; seed <= 16; seed++) {
      const member = new TextToyMember('t', textToy(cut, seed), knows)
      const longer = { topK: 4, uncertified: 'longer_lists' }
      const text = await textOf([member], seed, seed % 2 === 0 ? longer : {})
      expect(text).not.toContain('\ufffd')
      for (const sent of member.texts) expect(sent).not.toContain('\ufffd')
    }
  }
})

test('the diagnosis tells whose contexts were text', async () => {
  const [first, second] = [textToy(words, 1), textToy(other, 2)]
  const directory = await directoryOf([new TextToyMember('t', first, true), new ToyMember('u', second)], { topK: 1000 })
  const request = {
    model: 'toys',
    prompt: 'a',
    maxTokens: 2,
    temperature: 1,
    stop: [],
    diagnostics: 'summary',
  } as const
  const biased = []
  for await (const event of generate(planCompletion(directory, request, 1), runOptions())) {
    if (event.kind === 'finish') biased.push(...event.diagnosis!.members.map((member) => member.boundary_bias))
  }
  expect(biased).toEqual([true, false])
})

test('where no tokens are known, the prompt has as many as its server counts', async () => {
  const [first, second] = [textToy(words, 1), textToy(other, 2)]
  const directory = await directoryOf([new TextToyMember('t', first, false), new ToyMember('u', second)], {
    topK: 1000,
  })
  const request = { model: 'toys', prompt: 'ab', maxTokens: 3, temperature: 1, stop: [] } as const
  const counts = []
  for await (const event of generate(
    planCompletion(directory, { ...request, diagnostics: 'summary' }, 1),
    runOptions(),
  )) {
    if (event.kind === 'finish') counts.push(...event.diagnosis!.members.map(({ tokens }) => tokens.prompt))
  }
  expect(counts).toEqual([42, second.tokenize(encoder.encode('ab')).length])
})
