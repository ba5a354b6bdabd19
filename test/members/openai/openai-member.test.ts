import { expect, onTestFinished, test } from 'vitest'
import { planPredict } from '../../../src/ensemble/plan.ts'
import { predict } from '../../../src/ensemble/predict.ts'
import type { AnswerRequest } from '../../../src/members/member.ts'
import { defineOpenaiMember, type OpenaiOptions } from '../../../src/members/openai/define-openai-member.ts'
import { all, smallModel } from '../../conformance/support.ts'
import { directoryOf, runOptions } from '../../ensemble/toy-member.ts'
import { startTwin } from '../../wire/kit/twin.ts'
import { scripted, type TwinModel } from '../../wire/kit/twin-model.ts'
import { type OpenaiManner, openai } from '../../wire/openai.ts'
import { failure, serve, signal } from '../support.ts'

const prompt = 'user: Hi\n'
const say = (text: string, model: TwinModel = smallModel()) =>
  scripted(model, model.encode(prompt).length, [...model.encode(text), model.vocabulary.size - 1])

async function started(model: TwinModel, options: Partial<OpenaiOptions> = {}, manner: OpenaiManner = {}) {
  const twin = await startTwin(openai(manner), model)
  const common = { id: 'm', url: `${twin.url}/v1`, model: 'toy', apiKey: null, tokenizer: null, contextLength: null }
  const member = defineOpenaiMember({ ...common, api: 'chat', headers: {}, ...options })
  onTestFinished(async () => {
    await member.close()
    await twin.close()
  })
  return { member, twin }
}

const request: AnswerRequest = {
  messages: [{ role: 'user', content: 'Hi' }],
  maxTokens: 20,
  temperature: 0,
  topP: 1,
  seed: 7,
  stop: [],
  topK: 3,
}

test('an answer has its text, tokens, end and usage', async () => {
  const { member } = await started(say('a the b'))
  const answer = await member.answer!(request, { signal })
  expect(answer).toMatchObject({ text: 'a the b', finish: 'stop' })
  expect(answer.tokens!.map(({ text }) => text).join('')).toBe('a the b')
  expect(answer.usage).toEqual({ promptTokens: 9, answerTokens: answer.tokens!.length + 1 })
  for (const token of answer.tokens!) expect(token.alternatives).toHaveLength(3)
  const [first, second] = answer.tokens!
  expect(first!.alternatives.map(({ text }) => text)).toContain(first!.text)
  expect(second!.alternatives.map(({ text }) => text)).not.toContain(second!.text)
  expect(Buffer.from(first!.bytes!).toString()).toBe('a')
})

test('an answer that runs full says so, a token that is no text has no bytes, and none are told unless asked for', async () => {
  const { member } = await started(scripted(smallModel(), 9, [97, 0xc3, 97, 97]))
  const answer = await member.answer!({ ...request, maxTokens: 2 }, { signal })
  expect(answer).toMatchObject({ finish: 'length' })
  expect(answer.tokens!.map(({ bytes }) => bytes)).toEqual([Uint8Array.of(97), null])
  const plain = await member.answer!({ ...request, topK: 0 }, { signal })
  expect(plain.tokens).toBeNull()
})

test('an answer whose stream fails or ends early has failed', async () => {
  const { member, twin } = await started(say('a the b'))
  await member.probe(signal)
  twin.faults = { errorAfter: 2 }
  expect(await failure(member.answer!(request, { signal }))).toMatchObject({ code: 'member_unavailable', member: 'm' })
  twin.faults = { endAfter: 2 }
  expect(await failure(member.answer!(request, { signal }))).toMatchObject({ code: 'member_protocol', member: 'm' })
  twin.faults = { refuse: { status: 429, retryAfter: '3' } }
  const refused = await failure(member.answer!(request, { signal }))
  expect(refused).toMatchObject({ code: 'member_unavailable', retryAfterMs: 3_000 })
})

test.each([400, 403] as const)(
  'a reasoning model that refuses log-probabilities by %i is told apart',
  async (reasons) => {
    const { member } = await started(say('a'), {}, { reasons })
    const error = await failure(member.answer!(request, { signal }))
    expect(error).toMatchObject({ code: 'log_probabilities_refused', member: 'm' })
    expect(await member.answer!({ ...request, topK: 0 }, { signal })).toMatchObject({ text: 'a' })
    const { member: other } = await started(say('a'), { api: 'completions' }, { reasons })
    const walked = all(other.continueText!('x', { maxTokens: 1, topK: 5, signal }))
    expect(await failure(walked)).toMatchObject({ code: 'log_probabilities_refused', member: 'm' })
  },
)

test('a member of chat goes on with nothing: not a context, not a turn that has begun', async () => {
  const { member } = await started(say('a'))
  const context = { tokens: Int32Array.of(97) }
  const walked = all(member.continue(context, { maxTokens: 1, topK: 5, signal }))
  expect(await failure(walked)).toMatchObject({ code: 'unsupported_parameter', member: 'm' })
  const prefilled = { ...request, messages: [...request.messages, { role: 'assistant', content: 'So' } as const] }
  expect(await failure(member.answer!(prefilled, { signal }))).toMatchObject({ code: 'unsupported_parameter' })
  expect((await member.probe(signal)).vocabulary).toBeNull()
})

test('without a tokenizer file lists are texts, and a path is left at a text that tells no token', async () => {
  const model = scripted(smallModel(), 1, [97, 32, 0xc3, 97])
  const { member } = await started(model, { api: 'completions' }, { broken: 'replaced' })
  const steps = await all(member.continueText!('d', { maxTokens: 8, topK: 5, signal }))
  expect(steps.map(({ bytes }) => [...bytes!])).toEqual([[97], [32], []])
  expect(steps[0]!.distribution.tokens.map((token) => [...token])).toContainEqual([97])
  expect(steps[2]!.distribution.unlisted).toBeGreaterThan(0.5)
  const { member: exact } = await started(model, { api: 'completions' }, { broken: 'escaped' })
  const told = await all(exact.continueText!('d', { maxTokens: 4, topK: 5, signal }))
  expect(told.map(({ bytes }) => [...bytes!])).toEqual([[97], [32], [0xc3], [97]])
})

test('a list of a text that is asked for by itself is the first of its path, and a prediction needs no more', async () => {
  const { member } = await started(smallModel(), { api: 'completions' })
  const [first] = await all(member.continueText!('the state', { maxTokens: 3, topK: 5, signal }))
  expect(await member.listText!('the state', { topK: 5, signal })).toEqual(first!.distribution)
  const directory = await directoryOf([member])
  const request = { model: 'toys', prompt: 'the state', top: 3, words: 0, diagnostics: 'summary' as const }
  const { symbols, diagnosis } = await predict(planPredict(directory, request), runOptions())
  expect(diagnosis).toMatchObject({ degraded: false, members: [{ status: 'ok', boundary_bias: true }] })
  expect(symbols[0]!.probability).toBeGreaterThan(0)
})

test('an end that is named is an end, with and without a tokenizer file', async () => {
  const model = scripted(smallModel(), 1, [97, smallModel().vocabulary.size - 1])
  const { member } = await started(model, { api: 'completions' })
  const steps = await all(member.continueText!('d', { maxTokens: 8, topK: 5, signal }))
  expect(steps.map(({ bytes }) => bytes)).toEqual([Uint8Array.of(97), null])
  expect(steps[1]!.distribution.end).toBeGreaterThan(0.5)
})

test('a list that a server leaves out where the text ends is an error that says so', async () => {
  const end = smallModel().vocabulary.size - 1
  // By chance the twin takes the second likeliest: here the end.
  const model = scripted(scripted(smallModel(), 1, [end]), 1, [97])
  const { tokenizer } = model
  const { member } = await started(model, { api: 'completions', tokenizer }, { silentEnd: true })
  const { member: texts } = await started(model, { api: 'completions' }, { silentEnd: true })
  const options = { maxTokens: 1, topK: 5, signal }
  for (const ask of [
    () => member.list!({ tokens: Int32Array.of(100) }, options),
    () => all<unknown>(member.continue({ tokens: Int32Array.of(100) }, options)),
    () => all<unknown>(texts.continueText!('d', options)),
  ]) {
    const message = expect.stringContaining('has no list: the server tells an end of the text without one')
    expect(await failure(ask())).toMatchObject({ code: 'member_protocol', member: 'm', message })
  }
})

test('headers of the configuration go with every call', async () => {
  const seen: unknown[] = []
  const { url } = await serve((request, response) => {
    seen.push(request.headers['openai-organization'], request.headers.authorization)
    response.end(JSON.stringify({ data: [{ id: 'toy', context_window: 99 }] }))
  })
  const headers = { 'openai-organization': 'org-1' }
  const options = { id: 'm', url, model: 'toy', apiKey: 'k', tokenizer: null, contextLength: null, headers }
  const member = defineOpenaiMember({ ...options, api: 'completions' })
  expect((await member.probe(signal)).capabilities.contextLength).toBe(98)
  expect(seen).toEqual(['org-1', 'Bearer k'])
  await member.close()
})
