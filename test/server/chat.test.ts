import { expect, test } from 'vitest'
import type { CompletionPlan } from '../../src/ensemble/plan.ts'
import { chatCompletion, chatCompletionChunk } from '../../src/server/wire/chat-completion.ts'
import { fakeDiagnosis, fakeDirectory, fakeGenerate, fakeServer } from './fake.ts'

const messages = [
  { role: 'system', content: 'Be brief.' },
  { role: 'user', content: 'Hello?' },
]
const ask = { model: 'tutti', messages }

async function post(payload: object, overrides: Parameters<typeof fakeServer>[0] = {}) {
  const { app } = await fakeServer({ directory: fakeDirectory({}, ['a', 'b']), ...overrides })
  return app.inject({ method: 'POST', url: '/v1/chat/completions', payload })
}

async function planOf(payload: object): Promise<CompletionPlan> {
  const plans: CompletionPlan[] = []
  const answer = await post(payload, {
    generate: (plan, options) => {
      plans.push(plan)
      return fakeGenerate(plan, options)
    },
  })
  expect(answer.statusCode).toBe(200)
  return plans[0]!
}

test("the answer is OpenAI's chat completion with the diagnosis and the seed", async () => {
  const answer = (await post(ask)).json()
  expect(chatCompletion.parse(answer)).toEqual(answer)
  expect(answer).toEqual({
    id: 'chatcmpl-2',
    object: 'chat.completion',
    created: 1_700_000_000,
    model: 'tutti',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: ' hello wörld', refusal: null },
        logprobs: null,
        finish_reason: 'length',
      },
    ],
    usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
    ensemble: { ...fakeDiagnosis, seed: 4242 },
  })
})

test('a stream begins with the role, goes on with text, and ends with finish reason, usage and [DONE]', async () => {
  const { body } = await post({ ...ask, n: 2, stream: true, stream_options: { include_usage: true } })
  const events = body.split('\n\n').filter((event) => event !== '')
  expect(events.at(-1)).toBe('data: [DONE]')
  const chunks = events.slice(0, -1).map((event) => chatCompletionChunk.parse(JSON.parse(event.slice('data: '.length))))
  for (const index of [0, 1]) {
    const own = chunks.flatMap(({ choices }) => choices.filter((choice) => choice.index === index))
    expect(own.map(({ delta }) => delta)).toEqual([
      { role: 'assistant', content: '' },
      { content: ' hello' },
      { content: ' wörld' },
      {},
    ])
    expect(own.map(({ finish_reason }) => finish_reason)).toEqual([null, null, null, 'length'])
  }
  expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 4 } })
  expect(chunks.slice(0, -1).every(({ usage }) => usage === null)).toBe(true)
})

test('log-probabilities have bytes, and alternatives when asked for', async () => {
  const generate: typeof fakeGenerate = async function* (plan, options) {
    const bytes = new TextEncoder().encode('ö')
    const candidates = [
      { bytes, logProb: -1 },
      { bytes: Uint8Array.of(0xc3), logProb: Number.NEGATIVE_INFINITY },
    ]
    yield { kind: 'segment', text: 'ö', logProb: -1, candidates, carrier: 'a', steps: [] }
    yield* fakeGenerate(plan, options)
  }
  const first = async (part: object) =>
    (await post({ ...ask, logprobs: true, ...part }, { generate })).json().choices[0].logprobs.content[0]
  const own = { token: 'ö', logprob: -1, bytes: [0xc3, 0xb6] }
  expect(await first({})).toEqual({ ...own, top_logprobs: [] })
  expect(await first({ top_logprobs: 2 })).toEqual({
    ...own,
    top_logprobs: [own, { token: 'bytes:\\xc3', logprob: -9999, bytes: [0xc3] }],
  })
})

test('messages are handed on as they are, parts of text put together', async () => {
  const parts = [
    { type: 'text', text: 'Hel' },
    { type: 'text', text: 'lo?' },
  ]
  const plan = await planOf({ ...ask, messages: [messages[0], { role: 'user', content: parts }] })
  expect(plan.prompt).toEqual({ kind: 'chat', text: new Uint8Array(0), messages })
  expect(plan.alternatives).toBeNull()
})

test('an assistant message may be gone on with: it is the beginning of the answer and no message', async () => {
  const plan = await planOf({
    ...ask,
    messages: [...messages, { role: 'assistant', content: 'Well' }],
    continue_final_message: true,
    add_generation_prompt: false,
    max_completion_tokens: 5,
  })
  expect(plan.prompt).toEqual({ kind: 'chat', text: new TextEncoder().encode('Well'), messages })
  expect(plan.maxTokens).toBe(5)
})

test('a member that cannot chat makes it a 400 that names the member', async () => {
  const answer = await post(ask, { directory: fakeDirectory({}, ['a']) })
  expect(answer.statusCode).toBe(400)
  expect(answer.json().error).toMatchObject({ code: 'unsupported_parameter', param: 'messages' })
  expect(answer.json().error.message).toContain('member "b"')
})

test.each([
  ['tools', [{ type: 'function', function: { name: 'f' } }]],
  ['functions', [{ name: 'f' }]],
  ['tool_choice', 'required'],
  ['response_format', { type: 'json_object' }],
  ['modalities', ['text', 'audio']],
  ['audio', { voice: 'alloy' }],
  ['prediction', { type: 'content', content: 'x' }],
  ['reasoning_effort', 'high'],
  ['web_search_options', {}],
  ['logit_bias', { '5': 1 }],
])('%s: %j is refused by name', async (param, value) => {
  const answer = await post({ ...ask, [param]: value })
  expect(answer.statusCode).toBe(400)
  expect(answer.json().error).toMatchObject({ code: 'unsupported_parameter', param, type: 'invalid_request_error' })
})

test.each([
  [{ prompt: 'x' }, 'prompt', 'is not a known field'],
  [{ messages: [] }, 'messages', '>=1'],
  [{ messages: [{ role: 'tool', content: 'x' }] }, 'messages[0].role', 'expected one of'],
  [
    { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: {} }] }] },
    'messages[0].content',
    'parts of type `text`',
  ],
  [{ messages: [{ role: 'user', content: 'x', name: 'y' }] }, 'messages[0].name', 'is not a known field'],
  [{ top_logprobs: 3 }, 'top_logprobs', 'needs `logprobs`'],
  [{ logprobs: true, top_logprobs: 21 }, 'top_logprobs', '<=20'],
  [{ logprobs: 2 }, 'logprobs', 'expected boolean'],
  [{ max_tokens: 3, max_completion_tokens: 4 }, 'max_tokens', 'differs from'],
  [{ continue_final_message: true }, 'continue_final_message', 'role `assistant`'],
  [{ messages: [...messages, { role: 'assistant', content: 'x' }] }, 'continue_final_message', 'set it to go on'],
  [
    { messages: [{ role: 'assistant', content: 'x' }], continue_final_message: true },
    'messages',
    'another role before',
  ],
  [{ add_generation_prompt: false }, 'add_generation_prompt', 'can only be true'],
])('%j is a 400 that names %s and what was expected', async (part, param, reason) => {
  const answer = await post({ ...ask, ...part })
  expect(answer.statusCode).toBe(400)
  expect(answer.json().error).toMatchObject({ code: 'invalid_request', param })
  expect(answer.json().error.message).toContain(reason)
})
