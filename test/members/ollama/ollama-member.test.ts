import { expect, onTestFinished, test } from 'vitest'
import { defineOllamaMember, type OllamaOptions } from '../../../src/members/ollama/define-ollama-member.ts'
import { all, smallModel } from '../../conformance/support.ts'
import { startTwin } from '../../wire/kit/twin.ts'
import { scripted, type TwinModel } from '../../wire/kit/twin-model.ts'
import { type OllamaManner, ollama } from '../../wire/ollama.ts'
import { failure, signal } from '../support.ts'

const model = smallModel()
const end = model.vocabulary.size - 1

async function started(served: TwinModel, options: Partial<OllamaOptions> = {}, manner: OllamaManner = {}) {
  const twin = await startTwin(ollama(manner), served)
  const common = { id: 'm', url: twin.url, model: 'toy', apiKey: null, tokenizer: null, contextLength: null }
  const member = defineOllamaMember({ ...common, ...options })
  onTestFinished(async () => {
    await member.close()
    await twin.close()
  })
  return { member, twin }
}

test('an end that the model chooses is told without a list: the list comes by another call, and the end has what it hides', async () => {
  const script = scripted(model, 1, [97, end])
  const { member, twin } = await started(script)
  const steps = await all(member.continueText!('d', { maxTokens: 8, topK: 20, signal }))
  expect(steps.map(({ bytes }) => bytes)).toEqual([Uint8Array.of(97), null])
  const truth = Math.exp((await script.logProbs([100, 97]))[end]!)
  const { distribution } = steps[1]!
  expect(distribution.tokens.length).toBeGreaterThan(5)
  expect(distribution.end).toBeGreaterThanOrEqual(truth)
  expect(twin.calls.filter(({ route }) => route === 'POST /api/generate')).toHaveLength(2)
})

test('where the end is not the likeliest its mass is unlisted', async () => {
  const { member } = await started(scripted(model, 1, [97]))
  const [step] = await all(member.continueText!('d', { maxTokens: 1, topK: 20, signal }))
  expect(step!.distribution.end).toBe(0)
  expect(step!.distribution.unlisted).toBeGreaterThan(0.01)
})

test.each([
  ['0.12.10', 'member_rejected'],
  ['0.9.0', 'member_rejected'],
  ['0.12.11', null],
  ['0.13.0-rc1', null],
  ['1.0.0', null],
  ['0.0.0', null],
] as const)('version %s is told apart by whether it has log-probabilities', async (version, code) => {
  const { member } = await started(model, {}, { version })
  if (code === null) expect((await member.probe(signal)).model).toBe('toy')
  else expect(await failure(member.probe(signal))).toMatchObject({ code, message: expect.stringContaining(version) })
})

test.each([
  [null, '', 1_000],
  [null, 'stop "x"\nnum_ctx                 64\n', 64],
  [32, 'num_ctx 64', 32],
  [5_000, '', 1_000],
] as const)(
  'the context length is the given one, the modelfile’s or the usual, and is sent',
  async (given, parameters, expected) => {
    const { member, twin } = await started(model, { contextLength: given }, { parameters })
    expect((await member.probe(signal)).capabilities.contextLength).toBe(expected - 1)
    await all(member.continueText!('d', { maxTokens: 1, topK: 5, signal }))
    expect(twin.calls.at(-1)!.body).toMatchObject({ truncate: false, options: { num_ctx: expected } })
  },
)

test('a text that is too long is refused by the server and told apart', async () => {
  const { member } = await started(model, { contextLength: 8 })
  const error = await failure(all(member.continueText!('much too long', { maxTokens: 1, topK: 5, signal })))
  expect(error).toMatchObject({ code: 'context_length_exceeded', member: 'm' })
})

const request = {
  messages: [{ role: 'user', content: 'Hi' } as const],
  maxTokens: 20,
  temperature: 0,
  topP: 1,
  seed: 7,
  stop: [],
  topK: 3,
}

test('an answer has its text, tokens, end and usage; a turn that has begun is gone on with', async () => {
  const prompt = 'user: Hi\nassistant: '
  const from = (text: string, said: string) => scripted(model, model.encode(text).length, [...model.encode(said), end])
  const { member, twin } = await started(from(prompt, 'a the b'))
  const answer = await member.answer!(request, { signal })
  expect(answer).toMatchObject({ text: 'a the b', finish: 'stop' })
  expect(answer.tokens!.map(({ text }) => text).join('')).toBe('a the b')
  expect(answer.usage).toEqual({ promptTokens: prompt.length, answerTokens: answer.tokens!.length })
  expect((await member.answer!({ ...request, topK: 0 }, { signal })).tokens).toBeNull()
  expect((await member.answer!({ ...request, maxTokens: 1 }, { signal })).finish).toBe('length')
  const { member: prefilled } = await started(from(`${prompt}So`, ' be'))
  const messages = [...request.messages, { role: 'assistant', content: 'So' } as const]
  expect((await prefilled.answer!({ ...request, messages }, { signal })).text).toBe(' be')
  twin.faults = { errorAfter: 1 }
  expect(await failure(member.answer!(request, { signal }))).toMatchObject({ code: 'member_unavailable', member: 'm' })
  twin.faults = { endAfter: 1 }
  expect(await failure(member.answer!(request, { signal }))).toMatchObject({ code: 'member_protocol', member: 'm' })
})
