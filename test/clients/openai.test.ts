import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ClientGateway, startClientGateway } from './gateway.ts'

let gateway: ClientGateway
let client: OpenAI
beforeAll(async () => {
  gateway = await startClientGateway()
  client = new OpenAI({ baseURL: gateway.v1, apiKey: 'none', maxRetries: 0 })
})
afterAll(() => gateway.close())

const messages = [{ role: 'user', content: 'Hello?' }] as const
const sampled = { seed: 5, temperature: 1 }

function sum(numbers: Iterable<number | null>): number {
  return [...numbers].reduce<number>((total, number) => total + (number ?? 0), 0)
}

test('models are listed and found', async () => {
  const ids = []
  for await (const { id } of client.models.list()) ids.push(id)
  expect(ids).toContain('duo')
  expect(ids).toContain('duo/gru')
  expect((await client.models.retrieve('twins')).object).toBe('model')
})

describe.each(['duo', 'twins', 'duo/gru'])('%s', (model) => {
  const ask = { model, prompt: 'abc', max_tokens: 12, ...sampled }
  const talk = { model, messages: [...messages], max_completion_tokens: 12, ...sampled }

  test('a completion has text, usage, and log-probabilities that spell it and add up alike in a stream', async () => {
    const whole = await client.completions.create({ ...ask, logprobs: 3 })
    const [choice] = whole.choices
    expect(choice?.logprobs?.tokens?.join('')).toBe(choice?.text)
    expect(whole.usage?.total_tokens).toBe((whole.usage?.prompt_tokens ?? 0) + (whole.usage?.completion_tokens ?? 0))
    choice?.logprobs?.tokens?.forEach((token, index) => {
      const top = choice.logprobs!.top_logprobs![index]!
      expect(top[token]).toBe(choice.logprobs!.token_logprobs![index])
      expect(Object.keys(top).length).toBeGreaterThanOrEqual(1)
      expect(Object.keys(top).length).toBeLessThanOrEqual(4)
    })
    let text = ''
    const logprobs: (number | null)[] = []
    const offsets: number[] = []
    let usage: OpenAI.CompletionUsage | null | undefined
    for await (const chunk of await client.completions.create({
      ...ask,
      logprobs: 3,
      stream: true,
      stream_options: { include_usage: true },
    })) {
      text += chunk.choices[0]?.text ?? ''
      logprobs.push(...(chunk.choices[0]?.logprobs?.token_logprobs ?? []))
      offsets.push(...(chunk.choices[0]?.logprobs?.text_offset ?? []))
      usage = chunk.usage
    }
    expect(text).toBe(choice?.text)
    // A worker's arithmetic depends a little on what it computes together: 32-bit numbers.
    expect(logprobs.length).toBe(choice?.logprobs?.token_logprobs?.length)
    logprobs.forEach((logprob, index) => {
      expect(logprob).toBeCloseTo(choice!.logprobs!.token_logprobs![index]!, 4)
    })
    expect(offsets).toEqual(choice?.logprobs?.text_offset)
    expect(usage).toEqual(whole.usage)
  })

  test('a chat has the same text, log-probabilities and usage whole and through the stream helper', async () => {
    const whole = await client.chat.completions.create({ ...talk, logprobs: true, top_logprobs: 2 })
    const [choice] = whole.choices
    expect(choice?.message.role).toBe('assistant')
    const content = choice?.logprobs?.content ?? []
    expect(Buffer.from(content.flatMap(({ bytes }) => bytes ?? [])).toString()).toBe(choice?.message.content)
    for (const { token, logprob, top_logprobs } of content) {
      expect(top_logprobs.find((one) => one.token === token)?.logprob).toBe(logprob)
    }
    const stream = client.chat.completions.stream({
      ...talk,
      logprobs: true,
      top_logprobs: 2,
      stream_options: { include_usage: true },
    })
    const deltas: string[] = []
    stream.on('content', (delta) => deltas.push(delta))
    const final = await stream.finalChatCompletion()
    expect(deltas.join('')).toBe(choice?.message.content)
    expect(final.choices[0]?.message.content).toBe(choice?.message.content)
    expect(sum((final.choices[0]?.logprobs?.content ?? []).map(({ logprob }) => logprob))).toBeCloseTo(
      sum(content.map(({ logprob }) => logprob)),
      4,
    )
    expect(await stream.totalUsage()).toEqual(whole.usage)
  })

  test('a prefill is gone on with: prefill and rest are the answer, healed where it ends inside a token', async () => {
    const prefill = { role: 'assistant', content: 'ab' } as const
    const fields = { continue_final_message: true, add_generation_prompt: false }
    const body = { ...talk, temperature: 0, messages: [...messages, prefill], ...fields }
    const { choices, usage } = await client.chat.completions.create(body)
    expect(typeof choices[0]?.message.content).toBe('string')
    const without = await client.chat.completions.create({ ...talk, temperature: 0 })
    expect(usage!.prompt_tokens).toBeGreaterThan(without.usage!.prompt_tokens)
  })

  test('a prompt of token ids is that of the text they spell', async () => {
    const answer = await fetch(`${gateway.url}/tokenize`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model, prompt: 'abc' }),
    })
    const { tokens } = (await answer.json()) as { tokens: number[] }
    const [byIds, byText] = await Promise.all([
      client.completions.create({ ...ask, prompt: tokens }),
      client.completions.create(ask),
    ])
    expect(byIds.choices[0]?.text).toBe(byText.choices[0]?.text)
    expect(byIds.usage).toEqual(byText.usage)
  })

  test('the choices of several prompts are those of each prompt alone', async () => {
    const batch = await client.completions.create({ ...ask, prompt: ['abc', 'xyz '], n: 2 })
    expect(batch.choices.map(({ index }) => index)).toEqual([0, 1, 2, 3])
    const alone = await client.completions.create({ ...ask, prompt: 'xyz ', n: 2 })
    expect(batch.choices.slice(2).map(({ text }) => text)).toEqual(alone.choices.map(({ text }) => text))
  })
})

test('errors come as the classes of the client, with code and field', async () => {
  const unknown = client.chat.completions.create({ model: 'gpt-5', messages: [...messages] })
  await expect(unknown).rejects.toBeInstanceOf(OpenAI.NotFoundError)
  await expect(unknown).rejects.toMatchObject({ status: 404, code: 'model_not_found', param: 'model' })
  const tools = client.chat.completions.create({
    model: 'duo',
    messages: [...messages],
    tools: [{ type: 'function', function: { name: 'f' } }],
  })
  await expect(tools).rejects.toBeInstanceOf(OpenAI.BadRequestError)
  await expect(tools).rejects.toMatchObject({ code: 'unsupported_parameter', param: 'tools' })
  const mute = client.chat.completions.create({ model: 'mute', messages: [...messages] })
  await expect(mute).rejects.toMatchObject({ status: 400, code: 'unsupported_parameter', param: 'messages' })
  await expect(mute).rejects.toThrow(/mute/)
  const long = client.completions.create({ model: 'duo', prompt: 'x'.repeat(2000), max_tokens: 1 })
  await expect(long).rejects.toMatchObject({ status: 400, code: 'context_length_exceeded', param: 'prompt' })
})

test('a stream that the client aborts ends the work of all its choices', async () => {
  const before = gateway.log.length
  const stream = await client.completions.create({
    model: 'duo/gru',
    prompt: 'abc',
    n: 4,
    max_tokens: 5000,
    stream: true,
    temperature: 0,
  })
  let chunks = 0
  for await (const _chunk of stream) {
    if (++chunks === 20) break
  }
  const ended = () => gateway.log.slice(before).find(({ msg, code }) => msg === 'request' && code === 'client_closed')
  await expect.poll(ended, { timeout: 5_000 }).toBeDefined()
  const settled = await gateway.memberCalls()
  await new Promise((resolve) => setTimeout(resolve, 200))
  expect(await gateway.memberCalls()).toBe(settled)
})
