import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type EnumeratedModel, enumerated } from './enumerated-model.ts'
import { type ClientGateway, startClientGateway } from './gateway.ts'

// What lm-evaluation-harness' `local-completions` sends and reads (lm_eval/models/openai_completions.py and api_models.py,
// release 0.4): token ids, of which the first `context` are the context, `echo`, and one token of output that is dropped.

interface Choice {
  readonly index: number
  readonly logprobs: {
    readonly token_logprobs: readonly (number | null)[]
    readonly top_logprobs: readonly (Readonly<Record<string, number>> | null)[]
  }
}

interface Likelihood {
  readonly logProb: number
  readonly greedy: boolean
}

let gateway: ClientGateway
let models: { readonly model: EnumeratedModel; readonly weight: number }[]
beforeAll(async () => {
  gateway = await startClientGateway()
  const [gpt, gru] = await Promise.all([enumerated('tiny-gpt'), enumerated('tiny-gru')])
  models = [
    { model: gpt, weight: 0.6 },
    { model: gru, weight: 0.4 },
  ]
})
afterAll(() => gateway.close())

async function post<Answer>(path: string, body: object): Promise<Answer> {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(gateway.url + path, { method: 'POST', headers, body: JSON.stringify(body) })
  expect(answer.status).toBe(200)
  return (await answer.json()) as Answer
}

/** As the harness does it: what counts stands between the context and the one token of output. */
function likelihoodOf({ logprobs }: Choice, context: number): Likelihood {
  const chosen = logprobs.token_logprobs.slice(context, -1) as number[]
  const tops = logprobs.top_logprobs.slice(context, -1) as Readonly<Record<string, number>>[]
  return {
    logProb: chosen.reduce((sum, logProb) => sum + logProb, 0),
    greedy: chosen.every((logProb, index) => logProb === Math.max(...Object.values(tops[index]!))),
  }
}

async function harness(model: string, prompts: readonly (readonly number[])[], contexts: readonly number[]) {
  const { choices } = await post<{ choices: Choice[] }>('/v1/completions', {
    model,
    prompt: prompts,
    temperature: 0,
    max_tokens: 1,
    logprobs: 1,
    seed: 1234,
    echo: true,
  })
  const sorted = [...choices].sort((a, b) => a.index - b.index)
  expect(sorted.map(({ logprobs }) => logprobs.token_logprobs.length)).toEqual(prompts.map(({ length }) => length + 1))
  return sorted.map((choice, index) => likelihoodOf(choice, contexts[index]!))
}

async function fusedAfter(text: Uint8Array): Promise<Float64Array> {
  const own = await Promise.all(models.map(async ({ model }) => model.after(text)))
  return own[0]!.map((_, symbol) => models.reduce((sum, { weight }, index) => sum + weight * own[index]![symbol]!, 0))
}

async function likelihood(context: string, continuation: string): Promise<Likelihood> {
  let text = Buffer.from(context)
  let logProb = 0
  let greedy = true
  for (const byte of Buffer.from(continuation)) {
    const fused = await fusedAfter(text)
    logProb += Math.log(fused[byte]!)
    if (fused.some((p) => p > fused[byte]!)) greedy = false
    text = Buffer.concat([text, Buffer.of(byte)])
  }
  return { logProb, greedy }
}

/** What greedy decoding goes on with, from the enumeration alone: at least `bytes` bytes, whole characters, no end. */
async function greedyContinuation(context: string, bytes: number): Promise<string> {
  const start = Buffer.from(context)
  let text = start
  const whole = () => Buffer.from(text.toString()).equals(text)
  while (text.length < start.length + bytes || !whole()) {
    const fused = [...(await fusedAfter(text))].slice(0, 256)
    text = Buffer.concat([text, Buffer.of(fused.indexOf(Math.max(...fused)))])
  }
  return text.subarray(start.length).toString()
}

async function encode(model: string, prompt: string): Promise<number[]> {
  return (await post<{ tokens: number[] }>('/tokenize', { model, prompt, add_special_tokens: false })).tokens
}

describe('the requests of lm-evaluation-harness', () => {
  test('give log-likelihood and is_greedy as an enumeration of all tokenizations from the model files does', async () => {
    const contexts = ['ab', 'the ', 'x']
    const cases: { context: string; continuation: string }[] = []
    for (const context of contexts) {
      const greedy = await greedyContinuation(context, 3)
      cases.push({ context, continuation: greedy }, { context, continuation: ' no' }, { context, continuation: 'é' })
    }
    const [eos] = await encode('exact', '<|token:286|>')
    const encoded = await Promise.all(
      cases.map(async ({ context, continuation }) => ({
        context: [eos!, ...(await encode('exact', context))],
        continuation: await encode('exact', continuation),
      })),
    )
    const found = await harness(
      'exact',
      encoded.map(({ context, continuation }) => [...context, ...continuation]),
      encoded.map(({ context }) => context.length),
    )
    for (const [index, { context, continuation }] of cases.entries()) {
      const truth = await likelihood(context, continuation)
      expect(found[index]!.logProb).toBeCloseTo(truth.logProb, 4)
      expect(found[index]!.greedy).toBe(truth.greedy)
    }
    expect(found.filter(({ greedy }) => greedy).length).toBeGreaterThanOrEqual(contexts.length)
    expect(found.filter(({ greedy }) => !greedy).length).toBeGreaterThanOrEqual(contexts.length)
  })

  test('a context of nothing but the end token, as for texts scored from their beginning, is taken', async () => {
    const [eos] = await encode('exact', '<|token:286|>')
    const tokens = await encode('exact', 'hello')
    const [found] = await harness('exact', [[eos!, ...tokens]], [1])
    expect(found!.logProb).toBeCloseTo((await likelihood('', 'hello')).logProb, 4)
  })

  test('token by token, where all members share the vocabulary, the given ids themselves are scored', async () => {
    const [eos] = await encode('twins', '<|token:286|>')
    // As single bytes, which the tokenizer would have merged.
    const pieces = (await Promise.all([...'the'].map((letter) => encode('twins', letter)))).flat()
    const [found] = await harness('twins', [[eos!, ...pieces]], [2])
    expect(pieces.length).toBe(3)
    expect(found!.logProb).toBeLessThan(0)
    const { choices } = await post<{ choices: { text: string }[] }>('/v1/completions', {
      model: 'twins',
      prompt: pieces.slice(0, 2),
      temperature: 0,
      max_tokens: 1,
    })
    const [next] = await encode('twins', choices[0]!.text)
    const [greedy] = await harness('twins', [[...pieces.slice(0, 2), next!]], [2])
    expect(greedy!.greedy).toBe(true)
  })

  test('what greedy decoding of the gateway writes is greedy', async () => {
    const prompt = await encode('duo/gru', 'ab')
    const { choices } = await post<{ choices: { text: string }[] }>('/v1/completions', {
      model: 'duo/gru',
      prompt,
      temperature: 0,
      max_tokens: 5,
    })
    const written = await encode('duo/gru', choices[0]!.text)
    const [found] = await harness('duo/gru', [[...prompt, ...written]], [prompt.length])
    expect(found!.greedy).toBe(true)
  })

  test('the tokenizer can be had from the gateway: its special tokens by name, texts there and back', async () => {
    const info = (await (await fetch(`${gateway.url}/tokenizer_info`)).json()) as Record<string, string>
    expect(info).toMatchObject({ eos_token: '<|token:286|>', bos_token: '<|token:286|>', member: 'gpt' })
    const tokens = await encode('duo', 'naïve 語')
    expect(await post('/detokenize', { tokens })).toEqual({ prompt: 'naïve 語' })
    const whole = await post<{ count: number; tokens: number[]; token_strs: string[]; max_model_len: number }>(
      '/tokenize',
      { prompt: 'ab', return_token_strs: true },
    )
    expect(whole).toMatchObject({ count: whole.tokens.length, max_model_len: 128 })
    expect(whole.token_strs.join('')).toBe('<|token:286|>ab')
  })
})
