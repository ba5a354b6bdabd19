import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { generate } from '../../src/ensemble/generate.ts'
import type { FinishEvent, GenerationEvent } from '../../src/ensemble/generation-event.ts'
import type { CompletionPlan } from '../../src/ensemble/plan.ts'
import { TuttiError } from '../../src/errors.ts'
import { completion, completionChunk } from '../../src/server/wire/completion.ts'
import { defineToy } from '../core/lattice/toy.ts'
import { directoryOf, ToyMember } from '../ensemble/toy-member.ts'
import { fakeDiagnosis, fakeServer } from './fake.ts'

const encoder = new TextEncoder()
const finish: FinishEvent = {
  kind: 'finish',
  reason: 'length',
  usage: { promptTokens: 3, completionTokens: 2 },
  diagnosis: fakeDiagnosis,
}

/** A segment whose alternatives are itself and "x". */
function segment(text: string, logProb: number): GenerationEvent {
  const candidates = [
    { bytes: encoder.encode(text), logProb },
    { bytes: encoder.encode('x'), logProb: -9 },
  ]
  return { kind: 'segment', text, logProb, candidates, carrier: 'a', steps: [] }
}

/** Says the prompt back and then the seed, as likely as `logProbOf` says of the whole. */
function saying(logProbOf: (seed: number) => number, seen: (plan: CompletionPlan) => void = () => {}) {
  return async function* (plan: CompletionPlan): AsyncGenerator<GenerationEvent, void> {
    seen(plan)
    yield segment(new TextDecoder().decode(plan.prompt.text), -1)
    await sleep(1)
    yield segment(`:${plan.seed}`, logProbOf(plan.seed))
    yield { ...finish, decided: { logProb: logProbOf(plan.seed) - 1, segments: 2 } }
  }
}

async function post(payload: object, overrides: Parameters<typeof fakeServer>[0] = {}) {
  const { app } = await fakeServer({ generate: saying(() => -1), ...overrides })
  return app.inject({
    method: 'POST',
    url: '/v1/completions',
    payload: { model: 'tutti', prompt: 'a', seed: 7, ...payload },
  })
}

function chunksOf(body: string) {
  const events = body.split('\n\n').filter((event) => event.startsWith('data: {'))
  return events.map((event) => completionChunk.parse(JSON.parse(event.slice('data: '.length))))
}

test('n choices of several prompts are numbered prompt by prompt; the first choice has the seed of the request', async () => {
  const answer = (await post({ prompt: ['a', 'b'], n: 2 })).json()
  expect(completion.parse(answer)).toEqual(answer)
  const texts = answer.choices.map(({ text }: { text: string }) => text)
  expect(answer.choices.map(({ index }: { index: number }) => index)).toEqual([0, 1, 2, 3])
  expect([texts[0], texts[2]]).toEqual(['a:7', 'b:7'])
  expect(texts[1].slice(1)).toBe(texts[3].slice(1))
  expect(texts[1].slice(1)).not.toBe(texts[0].slice(1))
  // Each prompt counts once, each choice's output in full.
  expect(answer.usage).toEqual({ prompt_tokens: 6, completion_tokens: 8, total_tokens: 14 })
  expect(answer.choices[1].ensemble.seed).toBe(Number(texts[1].slice(2)))
  expect(answer).not.toHaveProperty('ensemble')
})

test('best_of answers with the n of the highest mean log-probability per token, and counts what all have cost', async () => {
  const answer = (await post({ n: 2, best_of: 4 }, { generate: saying((seed) => -(seed % 5)) })).json()
  const means = answer.choices.map(({ text }: { text: string }) => -(Number(text.slice(2)) % 5))
  expect(means).toEqual([...means].sort((a, b) => b - a))
  expect(answer.choices.map(({ index }: { index: number }) => index)).toEqual([0, 1])
  expect(answer.usage.completion_tokens).toBe(8)
  const all = (await post({ n: 4 }, { generate: saying((seed) => -(seed % 5)) })).json()
  const best = all.choices.map(({ text }: { text: string }) => -(Number(text.slice(2)) % 5)).sort()
  expect(means).toEqual(best.sort((a: number, b: number) => b - a).slice(0, 2))
})

test.each([1, 2, 3, 4, 5])(
  'best_of counts what a stop string has cut off: of texts that go on, the likelier (seed %i)',
  async (seed) => {
    // A line break at once, or five letters that are next to certain.
    const bytes = ['', '\n', 'a'].map((text) => encoder.encode(text))
    const toy = {
      ...defineToy(bytes, { ends: 1, controls: 0, seed: 1, sharpness: 1 }),
      probabilities: (context: readonly number[]) => (context.length < 2 ? [1e-9, 0.3, 0.7] : [1e-3, 1e-3, 0.998]),
    }
    const directory = await directoryOf([new ToyMember('a', toy)])
    const payload = { model: 'toys', prompt: 'a', temperature: 1, max_tokens: 5, stop: ['\n'], seed }
    const one = (await post({ ...payload, n: 20 }, { directory, generate })).json()
    const texts = one.choices.map(({ text }: { text: string }) => text)
    expect(new Set(texts)).toEqual(new Set(['', 'aaaaa']))
    const best = (await post({ ...payload, best_of: 20 }, { directory, generate })).json()
    expect(best.choices.map(({ text }: { text: string }) => text)).toEqual(['aaaaa'])
  },
)

test('no more than four choices run at a time, and all are in one stream by their index', async () => {
  let running = 0
  let most = 0
  const { body } = await post(
    { n: 9, stream: true, stream_options: { include_usage: true } },
    {
      generate: async function* (plan) {
        most = Math.max(most, ++running)
        yield* saying(() => -1)(plan)
        running--
      },
    },
  )
  expect(most).toBe(4)
  const chunks = chunksOf(body)
  for (let index = 0; index < 9; index++) {
    const own = chunks.filter(({ choices }) => choices[0]?.index === index)
    expect(own.map(({ choices }) => choices[0]?.finish_reason)).toEqual([null, null, 'length'])
    expect(own.at(-1)?.ensemble).toHaveProperty('seed')
  }
  const order = chunks.flatMap(({ choices }) => choices.map(({ index }) => index))
  expect(order).not.toEqual([...order].sort())
  expect(chunks.at(-1)?.usage).toEqual({ prompt_tokens: 3, completion_tokens: 18, total_tokens: 21 })
})

test('a choice that fails ends the others', async () => {
  const signals: AbortSignal[] = []
  const answer = await post(
    { n: 3 },
    {
      generate: async function* (_plan, { signal }) {
        signals.push(signal)
        if (signals.length === 3) throw new TuttiError('quorum_not_met', 'all are down')
        await sleep(5)
        yield segment('a', -1)
        if (signals.length === 3) await sleep(60_000, undefined, { signal })
      },
    },
  )
  expect(answer.statusCode).toBe(503)
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, true, true])
})

test('logprobs are four parallel lists; offsets count characters', async () => {
  const answer = (await post({ prompt: 'ö', logprobs: 2 })).json()
  expect(answer.choices[0].logprobs).toEqual({
    tokens: ['ö', ':7'],
    token_logprobs: [-1, -1],
    top_logprobs: [
      { ö: -1, x: -9 },
      { ':7': -1, x: -9 },
    ],
    text_offset: [0, 1],
  })
})

test.each([false, true])(
  'an echoed prompt comes first, its first segment without a log-probability (stream: %s)',
  async (stream) => {
    const { body } = await post({ prompt: 'well,', echo: true, logprobs: 1, stream })
    const parts = stream ? chunksOf(body).flatMap(({ choices }) => choices) : JSON.parse(body).choices
    const logprobs = parts.flatMap((part: { logprobs: { token_logprobs: number[] } | null }) => part.logprobs ?? [])
    expect(parts.map(({ text }: { text: string }) => text).join('')).toBe('well,well,:7')
    expect(logprobs.flatMap((part: { token_logprobs: number[] }) => part.token_logprobs)).toEqual([null, -2, -1, -1])
    expect(logprobs.flatMap((part: { text_offset: number[] }) => part.text_offset)).toEqual([0, 4, 5, 10])
    expect(logprobs[0].top_logprobs[0]).toBeNull()
  },
)

test('with max_tokens 0 an echo is all there is, and nothing is generated', async () => {
  const generate = () => {
    throw new Error('nothing is to be generated')
  }
  const answer = (await post({ prompt: 'well,', echo: true, logprobs: 0, max_tokens: 0 }, { generate })).json()
  expect(answer.choices[0]).toMatchObject({ text: 'well,', finish_reason: 'length' })
  expect(answer.choices[0].logprobs.tokens).toEqual(['well', ','])
  expect(answer.usage).toEqual({ prompt_tokens: 3, completion_tokens: 0, total_tokens: 3 })
})

test('while nothing comes a stream is kept alive by comments, the first chunk included', async () => {
  const generate = async function* (): AsyncGenerator<GenerationEvent, void> {
    await sleep(60)
    yield segment('a', -1)
    await sleep(60)
    yield finish
  }
  const { body, headers } = await post({ stream: true }, { generate, keepAliveMs: 20 })
  expect(headers['x-accel-buffering']).toBe('no')
  const events = body.split('\n\n')
  expect(events[0]).toBe(': keep-alive')
  const text = events.findIndex((event) => event.includes('"text":"a"'))
  expect(events[text + 1]).toBe(': keep-alive')
  expect(events.at(-2)).toBe('data: [DONE]')
})
