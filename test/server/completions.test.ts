import { expect, test } from 'vitest'
import type { CompletionPlan } from '../../src/ensemble/plan.ts'
import { TuttiError } from '../../src/errors.ts'
import { completion, completionChunk } from '../../src/server/wire/completion.ts'
import { fakeDiagnosis, fakeDirectory, fakeGenerate, fakeServer } from './fake.ts'

const ask = { model: 'tutti', prompt: 'well,' }

async function post(payload: object | string, overrides: Parameters<typeof fakeServer>[0] = {}) {
  const { app } = await fakeServer(overrides)
  const headers = { 'content-type': 'application/json' }
  return app.inject({ method: 'POST', url: '/v1/completions', headers, payload })
}

function chunksOf(body: string): Record<string, unknown>[] {
  const events = body.split('\n\n').filter((event) => event !== '')
  expect(events.at(-1)).toBe('data: [DONE]')
  return events.slice(0, -1).map((event) => JSON.parse(event.slice('data: '.length)))
}

async function planOf(payload: object): Promise<CompletionPlan> {
  const plans: CompletionPlan[] = []
  await post(payload, {
    generate: (plan, options) => {
      plans.push(plan)
      return fakeGenerate(plan, options)
    },
  })
  return plans[0]!
}

test("the answer is OpenAI's text completion with the diagnosis and the seed", async () => {
  const answer = await post(ask)
  expect(answer.statusCode).toBe(200)
  expect(answer.json()).toEqual({
    id: 'cmpl-2',
    object: 'text_completion',
    created: 1_700_000_000,
    model: 'tutti',
    choices: [{ index: 0, text: ' hello wörld', logprobs: null, finish_reason: 'length' }],
    usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
    ensemble: { ...fakeDiagnosis, seed: 4242 },
  })
  expect(completion.parse(answer.json())).toEqual(answer.json())
})

test('what a request leaves open comes from the ensemble, what it says goes before', async () => {
  expect(await planOf(ask)).toMatchObject({
    maxTokens: 16,
    seed: 4242,
    stop: [],
    warp: { temperature: 1, topP: 1, minP: 0 },
  })
  const said = { max_tokens: 3, seed: 7, stop: '\n', temperature: 0, top_p: 0.5, min_p: 0.1 }
  const warp = { temperature: 0, topP: 0.5, minP: 0.1 }
  expect(await planOf({ ...ask, ...said })).toMatchObject({ maxTokens: 3, seed: 7, stop: ['\n'], warp })
})

test('a prompt may be a list of one text, and null is as good as leaving out', async () => {
  const nulls = { max_tokens: null, temperature: null, stop: null, stream: null, seed: null, n: null, logprobs: null }
  const plan = await planOf({ ...ask, ...nulls, prompt: ['well,'] })
  expect(new TextDecoder().decode(plan.prompt.text)).toBe('well,')
  expect(plan.maxTokens).toBe(16)
})

test('diagnostics none leaves the ensemble object out, steps adds the segments with their carriers', async () => {
  expect((await post({ ...ask, ensemble: { diagnostics: 'none' } })).json()).not.toHaveProperty('ensemble')
  const { ensemble } = (await post({ ...ask, ensemble: { diagnostics: 'steps' } })).json()
  expect(ensemble.segments.map((segment: { carrier: string }) => segment.carrier)).toEqual(['a', 'b'])
})

test('a stream carries the same text in chunks, the diagnosis with the finish reason, and ends with [DONE]', async () => {
  const answer = await post({ ...ask, stream: true })
  expect(answer.headers).toMatchObject({
    'content-type': 'text/event-stream; charset=utf-8',
    'x-accel-buffering': 'no',
  })
  const chunks = chunksOf(answer.body).map((chunk) => completionChunk.parse(chunk))
  expect(chunks.map((chunk) => chunk.choices[0]?.text).join('')).toBe(' hello wörld')
  expect(chunks.map((chunk) => chunk.choices[0]?.finish_reason)).toEqual([null, null, 'length'])
  expect(chunks.map((chunk) => chunk.ensemble !== undefined)).toEqual([false, false, true])
  expect(chunks.at(-1)?.ensemble).toEqual({ ...fakeDiagnosis, seed: 4242 })
})

test('with include_usage a last chunk without choices has the usage, and the others null', async () => {
  const chunks = chunksOf((await post({ ...ask, stream: true, stream_options: { include_usage: true } })).body)
  expect(chunks.map(({ usage }) => usage)).toEqual([
    null,
    null,
    null,
    { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
  ])
  expect(chunks.at(-1)?.['choices']).toEqual([])
})

test('with diagnostics steps every chunk of text names its carrier and steps', async () => {
  const chunks = chunksOf((await post({ ...ask, stream: true, ensemble: { diagnostics: 'steps' } })).body)
  expect(chunks[0]?.['ensemble']).toMatchObject({ carrier: 'a', steps: [{ symbol: 104 }] })
  expect(chunks[1]?.['ensemble']).toMatchObject({ carrier: 'b' })
})

test('a failure before the first text has its status, also for a stream', async () => {
  // biome-ignore lint/correctness/useYield: this generation fails before it says anything
  const generate = async function* () {
    throw new TuttiError('quorum_not_met', 'all are down')
  }
  const answer = await post({ ...ask, stream: true }, { generate })
  expect(answer.statusCode).toBe(503)
  expect(answer.headers['retry-after']).toBe('1')
  expect(answer.json().error).toEqual({
    message: 'all are down',
    type: 'ensemble_error',
    param: null,
    code: 'quorum_not_met',
  })
})

test('a failure inside a stream is an error event, then [DONE]', async () => {
  const generate: typeof fakeGenerate = async function* () {
    yield { kind: 'segment', text: ' he', logProb: -1, candidates: [], carrier: 'a', steps: [] }
    throw new TuttiError('deadline_exceeded', 'it took too long')
  }
  const answer = await post({ ...ask, stream: true }, { generate })
  expect(answer.statusCode).toBe(200)
  expect(chunksOf(answer.body).at(-1)).toMatchObject({
    error: { code: 'deadline_exceeded', message: 'it took too long' },
  })
})

test.each([
  ['logit_bias', { '50256': -100 }],
  ['suffix', 'the end'],
  ['presence_penalty', 0.5],
  ['frequency_penalty', -1],
  ['tools', [{ type: 'function' }]],
  ['response_format', { type: 'json_object' }],
])('%s: %j is refused by name, never dropped', async (param, value) => {
  const answer = await post({ ...ask, [param]: value })
  expect(answer.statusCode).toBe(400)
  expect(answer.json().error).toMatchObject({ code: 'unsupported_parameter', param, type: 'invalid_request_error' })
})

test('fields that ask for nothing are accepted', async () => {
  const neutral = {
    n: 1,
    best_of: 1,
    echo: false,
    logprobs: null,
    logit_bias: {},
    suffix: null,
    presence_penalty: 0,
    frequency_penalty: 0,
  }
  const answer = await post({ ...ask, ...neutral, user: 'someone', metadata: { a: 'b' }, tools: [] })
  expect(answer.statusCode).toBe(200)
})

test.each([
  [{ ...ask, temprature: 0 }, 'temprature', 'is not a known field'],
  [{ ...ask, ensemble: { diagnostic: 'none' } }, 'ensemble.diagnostic', 'is not a known field'],
  [{ ...ask, ensemble: { candidates: 3 } }, 'ensemble.candidates', 'needs `diagnostics` to be "steps"'],
  [{ ...ask, ensemble: { candidates: 21, diagnostics: 'steps' } }, 'ensemble.candidates', '<=20'],
  [{ ...ask, ensemble: { diagnostics: 'all' } }, 'ensemble.diagnostics', 'expected one of "none"|"summary"|"steps"'],
  [{ ...ask, max_tokens: 0 }, 'max_tokens', '>=1'],
  [{ ...ask, max_tokens: '5' }, 'max_tokens', 'expected number, received string'],
  [{ ...ask, temperature: 3 }, 'temperature', '<=2'],
  [{ ...ask, prompt: [1, 'a'] }, 'prompt', 'a list of token ids'],
  [{ ...ask, prompt: [] }, 'prompt', 'a list of token ids'],
  [{ ...ask, prompt: [195, 40] }, 'prompt', 'whole characters'],
  [{ ...ask, stop: 5 }, 'stop', 'a list of at most 4 texts'],
  [{ ...ask, stop: ['a', 'b', 'c', 'd', 'e'] }, 'stop', 'a list of at most 4 texts'],
  [{ ...ask, logprobs: 6 }, 'logprobs', '<=5'],
  [{ ...ask, stream_options: { include_usage: true } }, 'stream_options', 'needs `stream`'],
  [{ ...ask, n: 129 }, 'n', '<=128'],
  [{ ...ask, n: 3, best_of: 2 }, 'best_of', 'at least `n`'],
  [{ ...ask, best_of: 2, stream: true }, 'best_of', 'with `stream`'],
  [{ ...ask, prompt: Array(100).fill('a'), n: 100 }, 'n', 'more than 4096 choices'],
  [{ ...ask, stop: [''] }, 'stop[0]', '>=1'],
  [{ prompt: 'x' }, 'model', 'expected string'],
])('%j is a 400 that names %s and what was expected', async (payload, param, reason) => {
  const answer = await post(payload)
  expect(answer.statusCode).toBe(400)
  expect(answer.json().error).toMatchObject({ code: 'invalid_request', param })
  expect(answer.json().error.message).toContain(reason)
})

test("a token id outside the lead member's vocabulary is a 400 that names its place", async () => {
  const answer = await post({
    ...ask,
    prompt: [
      [104, 105],
      [104, 300],
    ],
  })
  expect(answer.statusCode).toBe(400)
  expect(answer.json().error).toMatchObject({ code: 'unknown_token', param: 'prompt[1][1]' })
})

test('an unknown model is a 404 that lists what there is', async () => {
  const answer = await post({ ...ask, model: 'gpt-5' })
  expect(answer.statusCode).toBe(404)
  expect(answer.json().error).toMatchObject({ code: 'model_not_found', param: 'model' })
  expect(answer.json().error.message).toContain('tutti/a')
})

test('an ensemble without its quorum is a 503 that says who is down', async () => {
  const answer = await post(ask, { directory: fakeDirectory({ a: 'refused', b: 'no answer' }) })
  expect(answer.statusCode).toBe(503)
  expect(answer.json().error.message).toContain('a: refused; b: no answer')
})
