import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { APICallError, generateText, streamText } from 'ai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ClientGateway, startClientGateway } from './gateway.ts'

let gateway: ClientGateway
let provider: ReturnType<typeof createOpenAICompatible>
beforeAll(async () => {
  gateway = await startClientGateway()
  provider = createOpenAICompatible({ name: 'tutti', baseURL: gateway.v1, includeUsage: true })
})
afterAll(() => gateway.close())

const settings = { temperature: 1, seed: 5, maxOutputTokens: 10, maxRetries: 0 }

describe.each(['chat', 'completion'] as const)('a %s model', (kind) => {
  const model = (name: string) => (kind === 'chat' ? provider.chatModel(name) : provider.completionModel(name))

  test('gives text, finish reason and usage, whole and streamed', async () => {
    const whole = await generateText({ model: model('duo'), prompt: 'Hello?', ...settings })
    expect(whole.finishReason).toBe('length')
    expect(whole.usage.outputTokens).toBe(10)
    expect(whole.usage.inputTokens).toBeGreaterThan(0)
    const stream = streamText({ model: model('duo'), prompt: 'Hello?', ...settings })
    let text = ''
    for await (const part of stream.textStream) text += part
    expect(text).toBe(whole.text)
    expect(await stream.finishReason).toBe('length')
    expect((await stream.usage).totalTokens).toBe(whole.usage.totalTokens)
  })

  test('gives an error with its status and message', async () => {
    const failed = generateText({ model: model('nobody'), prompt: 'Hello?', ...settings })
    await expect(failed).rejects.toBeInstanceOf(APICallError)
    await expect(failed).rejects.toMatchObject({ statusCode: 404, message: expect.stringContaining('duo/gru') })
  })

  test('ends the work when it is aborted', async () => {
    const before = gateway.log.length
    const controller = new AbortController()
    const { textStream } = streamText({
      model: model('duo/gru'),
      prompt: 'Hello?',
      ...settings,
      // Greedily it never ends by itself.
      temperature: 0,
      maxOutputTokens: 5000,
      abortSignal: controller.signal,
    })
    let parts = 0
    for await (const _part of textStream) if (++parts === 5) controller.abort()
    const ended = () => gateway.log.slice(before).find(({ msg, code }) => msg === 'request' && code === 'client_closed')
    await expect.poll(ended, { timeout: 5_000 }).toBeDefined()
  })
})

test('a conversation with a system message and earlier answers is one chat', async () => {
  const { text } = await generateText({
    model: provider.chatModel('twins'),
    system: 'Be brief.',
    messages: [
      { role: 'user', content: 'Hello?' },
      { role: 'assistant', content: [{ type: 'text', text: 'Yes.' }] },
      { role: 'user', content: [{ type: 'text', text: 'Who is there?' }] },
    ],
    ...settings,
  })
  expect(typeof text).toBe('string')
})
