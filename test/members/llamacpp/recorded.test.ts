import { readdirSync, readFileSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { readAnswers } from '../../../src/members/llamacpp/greedy-path.ts'
import {
  eventSchema,
  modelEntry,
  piecesSchema,
  propsSchema,
  templateSchema,
  tokensSchema,
} from '../../../src/members/llamacpp/wire-schemas.ts'
import { checkShape } from '../../../src/members/shared/check-shape.ts'
import { readEvents } from '../../../src/members/shared/event-stream.ts'
import { defineHttpClient } from '../../../src/members/shared/http-client.ts'
import { readList } from '../../../src/members/shared/read-list.ts'
import { defaultLimits } from '../../../src/members/shared/server-options.ts'
import { failure, serve, signal } from '../support.ts'

const folder = new URL('./fixtures/', import.meta.url)
const textOf = (name: string) => readFileSync(new URL(name, folder), 'utf8')

interface Recorded {
  readonly request: { readonly path: string }
  readonly status: number
  readonly response: unknown
}
const recorded = (name: string) => JSON.parse(textOf(name)) as Recorded

/** The typed error that a recorded refusal becomes on its way through the HTTP client. */
async function refusalOf(name: string) {
  const { status, response } = recorded(name)
  const { url } = await serve((_request, answer) => answer.writeHead(status).end(JSON.stringify(response)))
  const http = defineHttpClient('m', url, defaultLimits)
  onTestFinished(() => http.close())
  return failure(http.post('/completion', {}, signal))
}

const lists = (name: string, vocabularySize: number, topK: number) =>
  readAnswers([recorded(name).response], { vocabularySize, topK }, 'm', { signal })

const refusals: Record<string, [string, string]> = {
  'err_bad_json.json': ['member_rejected', 'parse error'],
  'err_exact_context.json': ['context_length_exceeded', '512 tokens'],
  'err_no_prompt.json': ['member_rejected', "key 'prompt' not found"],
  'b11434_err_bad_json.json': ['member_rejected', 'parse error'],
  'b11434_err_over_context.json': ['context_length_exceeded', '1024 tokens'],
  'utf8_sampled_continuation_after_partial_prompt_500.json': ['member_rejected', 'Content-only'],
}

const completions: Record<string, [size: number, topK: number, likeliest: number]> = {
  's260_completion_nprobs3.json': [512, 3, 432],
  'ts656_completion_nprobs3.json': [2048, 3, 313],
  // The sampled token was forced and is not in the list, which is as it was.
  'ts656_eos_forced.json': [2048, 2, 313],
  'utf8_safe_token_trick_plain.json': [50_257, 5, 4888],
  'b11434_completion_ids_top3.json': [49_152, 3, 260],
  'b11434_eos_forced.json': [49_152, 2, 29],
  // A context that ends inside a character, and a sampled token that goes on inside it: answered since.
  'b11434_partial_continuation_sampled.json': [49_152, 2, 126],
}

const shapes: Record<string, z.ZodType> = {
  'gpt2_tokenize_pieces.json': piecesSchema,
  's260_tokenize_pieces.json': piecesSchema,
  's260_tokenize_ids.json': tokensSchema,
  's260_apply_template.json': templateSchema,
  's260_props.json': propsSchema,
  's260_v1_models.json': z.object({ data: z.array(modelEntry).min(1) }),
  'b11434_tokenize_pieces.json': piecesSchema,
  'b11434_props.json': propsSchema,
  'b11434_models.json': z.object({ data: z.array(modelEntry).min(1) }),
}

/** Routes that the adapter doesn't call: their answers lack what `/completion` has, or its names. */
const otherRoutes = [
  's260_health.json',
  's260_v1_chat.json',
  's260_v1_chat_prefill.json',
  's260_v1_completions.json',
  's260_v1_chat_stream.sse',
  's260_v1_completions_stream.sse',
]

test.each(Object.entries(refusals))('%s is refused with its code', async (name, [code, says]) => {
  const error = await refusalOf(name)
  expect(error).toMatchObject({ code, member: 'm' })
  expect(error.message).toContain(says)
})

test.each(Object.entries(completions))('%s is a list', (name, [size, topK, likeliest]) => {
  const [distribution] = lists(name, size, topK)
  expect(distribution!.ids).toHaveLength(topK)
  expect(distribution!.ids[0]).toBe(likeliest)
  expect(distribution!.unlisted).toBeGreaterThan(0)
})

test('a token that leaves a character unfinished has no list, which is told', () => {
  expect(() => lists('utf8_sampled_partial_1tok.json', 50_257, 2)).toThrow('has no list')
})

test.each(Object.entries(shapes))('%s has the shape that is read', (name, schema) => {
  expect(schema.safeParse(recorded(name).response).success).toBe(true)
})

test('the pieces of a text are its bytes', () => {
  const text = 'Once upon a time, é€😀 日本 Zoë\n'
  for (const [name, special] of [
    ['gpt2_tokenize_pieces.json', ''],
    ['s260_tokenize_pieces.json', '<s> '],
  ] as const) {
    const { tokens } = piecesSchema.parse(recorded(name).response)
    expect(Buffer.concat(tokens.map(({ piece }) => Buffer.from(piece as string))).toString()).toBe(special + text)
  }
})

async function eventsOf(name: string) {
  async function* body() {
    yield new TextEncoder().encode(textOf(name))
  }
  const events = []
  for await (const data of readEvents(body())) events.push(checkShape(eventSchema, JSON.parse(data), 'm', 'an event'))
  return events
}

test('a stream through tokens that are no whole characters tells of none of them, but how many there were', async () => {
  const events = await eventsOf('b11434_partial_stream_3.sse')
  expect(events).toMatchObject([{ stop: true, tokens_predicted: 3, completion_probabilities: [] }])
  expect((await eventsOf('b11434_completion_stream.sse')).map(({ tokens_predicted: made }) => made)).toEqual([1, 2, 2])
})

test('the recorded stream is two steps and a finish', async () => {
  const events = await eventsOf('s260_completion_stream.sse')
  expect(events.map(({ stop, tokens_predicted: made }) => [stop, made])).toEqual([
    [false, 1],
    [false, 2],
    [true, 2],
  ])
  const steps = events.flatMap(({ completion_probabilities: told }) => told)
  const shape = { vocabularySize: 512, topK: 2 }
  expect(steps.map(({ id, top_logprobs }) => [id, readList(top_logprobs, shape, 'm').ids[0]])).toEqual([
    [432, 432],
    [383, 383],
  ])
})

test('no recorded answer is left out', () => {
  const named = [...Object.keys(refusals), ...Object.keys(completions), ...Object.keys(shapes), ...otherRoutes]
  named.push('utf8_sampled_partial_1tok.json', 's260_completion_stream.sse', 'README.md')
  named.push('b11434_completion_stream.sse', 'b11434_partial_stream_3.sse')
  expect(readdirSync(folder).sort()).toEqual(named.sort())
})

test.each(otherRoutes.filter((name) => name.endsWith('.json')))('%s is no completion', (name) => {
  expect(() => lists(name, 512, 3)).toThrow('has no list')
})
