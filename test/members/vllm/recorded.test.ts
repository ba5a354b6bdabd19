import { readdirSync, readFileSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { readEvents } from '../../../src/members/shared/event-stream.ts'
import { defineHttpClient } from '../../../src/members/shared/http-client.ts'
import { completionSchema, namedSteps } from '../../../src/members/shared/legacy-completions.ts'
import { readEvent } from '../../../src/members/shared/read-event.ts'
import { defaultLimits } from '../../../src/members/shared/server-options.ts'
import { refusedLength } from '../../../src/members/vllm/meet-server.ts'
import { readPromptList, toStep } from '../../../src/members/vllm/read-list.ts'
import { modelEntry, scoreSchema, tokensSchema } from '../../../src/members/vllm/wire-schemas.ts'
import { failure, serve, signal } from '../support.ts'

const folder = new URL('./fixtures/', import.meta.url)
const textOf = (name: string) => readFileSync(new URL(name, folder), 'utf8')
const recorded = (name: string) => JSON.parse(textOf(name)) as { status: number; response: unknown }
const readSteps = (choice: Parameters<typeof namedSteps>[0], topK: number) =>
  namedSteps(choice, 'm').map((step) => toStep(step, shape(topK), 'm'))
const shape = (topK: number) => ({ vocabularySize: 2048, topK })

/** The typed error that a recorded refusal becomes on its way through the HTTP client. */
async function refusalOf(name: string) {
  const { status, response } = recorded(name)
  const { url } = await serve((_request, answer) => answer.writeHead(status).end(JSON.stringify(response)))
  const http = defineHttpClient('m', url, defaultLimits)
  onTestFinished(() => http.close())
  return failure(http.post('/v1/completions', {}, signal))
}

async function stepsOf(name: string) {
  async function* body() {
    yield new TextEncoder().encode(textOf(name))
  }
  const choices = []
  for await (const data of readEvents(body())) {
    if (data !== '[DONE]') choices.push(...readEvent(completionSchema, data, 'm').choices)
  }
  return choices.map(({ finish_reason, logprobs }) => ({ finish_reason, ...readSteps(logprobs, 2)[0]! }))
}

const refusals: Record<string, string> = {
  'err_bad_json.json': 'JSON decode error',
  'err_unknown_model.json': 'The model `nope` does not exist',
  'err_exact_context.json': 'max_tokens must be at least 1, got 0',
  'err_over_context.json': 'your prompt contains 600 input tokens',
  'err_id_out_of_vocab.json': 'Token id 99999 is out of vocabulary',
}

const limits = ['completion_logprobs_21.json', 'completion_logprobs_minus1.json']

/** Answers of one token: the sampled one, and the likeliest. */
const completions: Record<string, [topK: number, sampled: number, likeliest: number]> = {
  'completion_ids_top5.json': [5, 518, 518],
  // A forced token that is no whole character: no text, and an entry by its id.
  'completion_partial_utf8_ids.json': [2, 163, 518],
}

test.each(Object.entries(refusals))('%s is refused in the words of the server', async (name, says) => {
  const error = await refusalOf(name)
  expect(error).toMatchObject({ code: 'member_rejected', member: 'm' })
  expect(error.message).toContain(says)
})

test.each(limits)('%s names the longest list, whatever numbers follow', async (name) => {
  const { message } = await refusalOf(name)
  expect(refusedLength.exec(message)?.[1]).toBe('20')
})

test.each(Object.entries(completions))('%s is a list by ids', (name, [topK, sampled, likeliest]) => {
  const [choice] = completionSchema.parse(recorded(name).response).choices
  const [step] = readSteps(choice!.logprobs, topK)
  expect(step!.token).toBe(sampled)
  expect([...step!.distribution.ids]).toHaveLength(sampled === likeliest ? topK : topK + 1)
  expect(step!.distribution.ids[0]).toBe(likeliest)
})

test('without ids, tokens that are no whole characters have one name, which is refused', () => {
  const [choice] = completionSchema.parse(recorded('completion_partial_utf8_text.json').response).choices
  expect(choice!.logprobs!.tokens).toEqual(['', ''])
  expect(() => readSteps(choice!.logprobs, 2)).toThrow('names tokens by text')
})

test('lists along a prompt are keyed by bare ids, none for the first token', () => {
  const [choice] = scoreSchema.parse(recorded('completion_prompt_logprobs.json').response).choices
  const [first, second] = choice!.prompt_logprobs!
  expect(first).toBeNull()
  expect(readPromptList(second, shape(2), 'm').ids[0]).toBe(518)
})

test('a stream is its sampled tokens, each with the list it was sampled from', async () => {
  const taken = await stepsOf('completion_stream.sse')
  expect(taken).toHaveLength(3)
  expect(taken[0]).toMatchObject({ token: 1987, finish_reason: null })
  expect(taken[0]!.distribution.ids[0]).toBe(518)
  expect(taken.at(-1)!.finish_reason).toBe('length')
})

test('the end comes as a token with its list', async () => {
  expect(await stepsOf('completion_eos_forced_stream.sse')).toMatchObject([{ token: 0, finish_reason: 'stop' }])
})

test.each(['tokenize.json', 'tokenize_chat_prefill.json'])('%s has ids', (name) => {
  expect(tokensSchema.parse(recorded(name).response).tokens).toHaveLength(13)
})

test('the model and the length of its context are told', () => {
  const { data } = z.object({ data: z.array(modelEntry) }).parse(recorded('models.json').response)
  expect(data).toMatchObject([{ id: 'tiny', max_model_len: 512 }])
})

test('no recorded answer is left out', () => {
  const own = ['README.md', 'completion_partial_utf8_text.json', 'completion_prompt_logprobs.json', 'models.json']
  own.push('completion_stream.sse', 'completion_eos_forced_stream.sse', 'tokenize.json', 'tokenize_chat_prefill.json')
  const named = [...Object.keys(refusals), ...limits, ...Object.keys(completions), ...own]
  expect(readdirSync(folder).sort()).toEqual(named.sort())
})
