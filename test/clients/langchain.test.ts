import { AIMessage, HumanMessage, SystemMessage } from '@langchain/core/messages'
import { ChatOpenAI, OpenAI } from '@langchain/openai'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ClientGateway, startClientGateway } from './gateway.ts'

let gateway: ClientGateway
beforeAll(async () => {
  gateway = await startClientGateway()
})
afterAll(() => gateway.close())

const common = () => ({ apiKey: 'none', configuration: { baseURL: gateway.v1 }, maxRetries: 0, temperature: 1 })
const chat = (fields: object = {}) =>
  new ChatOpenAI({ ...common(), model: 'duo', maxTokens: 10, modelKwargs: { seed: 5 }, ...fields })
const talk = [
  new SystemMessage('Be brief.'),
  new HumanMessage('Hello?'),
  new AIMessage('Yes.'),
  new HumanMessage('Who is there?'),
]

/** What the client has made of the usage chunk; its types leave the field open. */
function usageOf(message: object): { readonly output_tokens: number } | undefined {
  return (message as { usage_metadata?: { output_tokens: number } }).usage_metadata
}

test('a chat model gives text and usage, and the same in a stream', async () => {
  const whole = await chat().invoke(talk)
  expect(usageOf(whole)?.output_tokens).toBe(10)
  expect(whole.response_metadata['finish_reason']).toBe('length')
  let text = ''
  let tokens: number | undefined
  for await (const chunk of await chat({ streamUsage: true }).stream(talk)) {
    text += chunk.text
    tokens = usageOf(chunk)?.output_tokens ?? tokens
  }
  expect(text).toBe(whole.text)
  expect(tokens).toBe(10)
})

test('log-probabilities arrive with their alternatives', async () => {
  const { response_metadata, text } = await chat({ logprobs: true, topLogprobs: 2 }).invoke(talk)
  const { content } = response_metadata['logprobs'] as {
    content: { token: string; logprob: number; top_logprobs: { token: string }[] }[]
  }
  expect(content.map(({ token }) => token).join('')).toBe(text)
  for (const { token, logprob, top_logprobs } of content) {
    expect(logprob).toBeLessThanOrEqual(0)
    expect(top_logprobs.map((one) => one.token)).toContain(token)
  }
})

test('a completion model gives text, and the same in a stream', async () => {
  const model = new OpenAI({ ...common(), model: 'twins', maxTokens: 8, modelKwargs: { seed: 5 } })
  const whole = await model.invoke('Hello')
  let text = ''
  for await (const chunk of await model.stream('Hello')) text += chunk
  expect(text).toBe(whole)
})

test('an error has its status and code; an abort ends the work', async () => {
  await expect(chat({ model: 'nobody' }).invoke(talk)).rejects.toMatchObject({ status: 404, code: 'model_not_found' })
  const before = gateway.log.length
  const controller = new AbortController()
  const run = async () => {
    const options = { signal: controller.signal }
    let chunks = 0
    for await (const _chunk of await chat({ model: 'duo/gru', maxTokens: 5000, temperature: 0 }).stream(
      talk,
      options,
    )) {
      if (++chunks === 5) controller.abort()
    }
  }
  await expect(run()).rejects.toThrow()
  const ended = () => gateway.log.slice(before).find(({ msg, code }) => msg === 'request' && code === 'client_closed')
  await expect.poll(ended, { timeout: 5_000 }).toBeDefined()
})
