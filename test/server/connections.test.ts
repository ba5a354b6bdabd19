import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import type { generate } from '../../src/ensemble/generate.ts'
import type { App } from '../../src/server/app.ts'
import { fakeServer, usualLimits } from './fake.ts'

const apps: App[] = []
afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()))
})

async function listen(overrides: Parameters<typeof fakeServer>[0]) {
  const { app, log } = await fakeServer(overrides)
  apps.push(app)
  await app.listen({ host: '127.0.0.1', port: 0 })
  const address = app.server.address() as { port: number }
  return { app, log, port: address.port }
}

function post(port: number, body: object) {
  const headers = { 'content-type': 'application/json' }
  const request = httpRequest({ port, host: '127.0.0.1', method: 'POST', path: '/v1/completions', headers })
  request.end(JSON.stringify(body))
  return request
}

const endless = (text: string, seen: (signal: AbortSignal) => void): typeof generate =>
  async function* (_plan, { signal }) {
    seen(signal)
    while (!signal.aborted) {
      yield { kind: 'segment', text, logProb: 0, candidates: [], carrier: 'a', steps: [] }
      await delay(1)
    }
    throw signal.reason
  }

// Tried again because a busy machine may take longer to run anything at all.
const patient = { retry: 3 }

test.each([true, false])(
  'a client that goes away aborts the generation within 50 ms (stream: %s)',
  patient,
  async (stream) => {
    let signal: AbortSignal | undefined
    const { port, log } = await listen({ generate: endless('x', (given) => (signal = given)) })
    const request = post(port, { model: 'tutti', prompt: 'x', stream })
    request.on('error', () => {})
    if (stream) await once(request, 'response')
    else await expect.poll(() => signal, { interval: 2 }).toBeDefined()
    expect(signal!.aborted).toBe(false)
    const gone = performance.now()
    request.destroy()
    await once(signal!, 'abort')
    expect(performance.now() - gone).toBeLessThan(50)
    await expect.poll(() => log.join('')).toContain('"status":499,"code":"client_closed"')
  },
)

test('a client that does not read stops the generation from running ahead', async () => {
  let produced = 0
  const big = 'x'.repeat(64 * 1024)
  const generating: typeof generate = async function* (_plan, { signal }) {
    while (!signal.aborted) {
      produced += 1
      yield { kind: 'segment', text: big, logProb: 0, candidates: [], carrier: 'a', steps: [] }
      await delay(0)
    }
  }
  const { port } = await listen({ generate: generating })
  const request = post(port, { model: 'tutti', prompt: 'x', stream: true })
  request.on('error', () => {})
  const [response] = await once(request, 'response')
  response.pause()
  // The kernel's buffers fill up; after that nothing more may be produced.
  let before = -1
  while (before !== produced) {
    before = produced
    await delay(100)
  }
  expect(produced).toBeLessThan(500)
  request.destroy()
})

test("bytes that are not HTTP get an error in OpenAI's shape and the connection closed", async () => {
  const { port } = await listen({})
  const socket = connect(port, '127.0.0.1')
  socket.end('this is not HTTP\r\n\r\n')
  let answer = ''
  for await (const part of socket) answer += part
  expect(answer).toContain('HTTP/1.1 400')
  expect(JSON.parse(answer.split('\r\n\r\n')[1]!)).toMatchObject({ error: { code: 'invalid_request' } })
})

test('small chunks are not held back by the kernel (TCP_NODELAY)', async () => {
  const { app } = await listen({})
  const server = app.server as unknown as { noDelay: boolean }
  expect(server.noDelay).toBe(true)
})

test('a caller who leaves an answer unread for too long loses the connection, and one whose answer is being made does not', async () => {
  const limits = { ...usualLimits, unreadMs: 150 }
  const ended: string[] = []
  const { port } = await listen({
    limits,
    keepAliveMs: 10_000,
    generate: async function* ({ prompt }, { signal }) {
      if (prompt.text.length === 1) await delay(600)
      else signal.addEventListener('abort', () => ended.push('unread'))
      for (let sent = 0; sent < 400 && !signal.aborted; sent++) {
        yield { kind: 'segment', text: 'x'.repeat(64 * 1024), logProb: 0, candidates: [], carrier: 'a', steps: [] }
        await delay(0)
        if (prompt.text.length === 1) break
      }
      yield { kind: 'finish', reason: 'stop', usage: { promptTokens: 1, completionTokens: 1 }, diagnosis: null }
    },
  })
  const slow = post(port, { model: 'tutti', prompt: 'x' })
  const unread = post(port, { model: 'tutti', prompt: 'xx', stream: true })
  unread.on('error', () => {})
  const [stalled] = await once(unread, 'response')
  stalled.on('error', () => {})
  stalled.pause()
  const [made] = await once(slow, 'response')
  expect(made.statusCode).toBe(200)
  made.resume()
  await once(made, 'end')
  await expect.poll(() => ended, { timeout: 5_000 }).toEqual(['unread'])
  unread.destroy()
})
