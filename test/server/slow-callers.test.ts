import { connect, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import type { generate } from '../../src/ensemble/generate.ts'
import type { App } from '../../src/server/app.ts'
import { fakeServer } from './fake.ts'

const receiveMs = 700
const apps: App[] = []
afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()))
})

async function listen(overrides: Parameters<typeof fakeServer>[0] = {}) {
  const { app, log } = await fakeServer({ receiveMs, ...overrides })
  apps.push(app)
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as { port: number }
  const metrics = async () => (await app.inject({ url: '/metrics' })).body
  return { port, log, metrics }
}

const body = JSON.stringify({ model: 'tutti', prompt: 'x', stream: true })
const head = `POST /v1/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n`

/** All that comes until the connection is closed, and after how many milliseconds that was. */
async function answerOf(socket: Socket): Promise<{ text: string; ms: number }> {
  const started = performance.now()
  let text = ''
  socket.on('error', () => {})
  socket.on('data', (part) => (text += part))
  await new Promise((resolve) => socket.once('close', resolve))
  return { text, ms: performance.now() - started }
}

const statusOf = (text: string) => /^HTTP\/1\.1 (\d+ [\w ]+)/.exec(text)?.[1]
const errorOf = (text: string) => JSON.parse(text.split('\r\n\r\n')[1]!).error

/** Sends the first part at once, then the rest a byte every 100 ms. */
function trickle(port: number, first: string, rest: string): Socket {
  const socket = connect(port, '127.0.0.1')
  socket.write(first)
  let at = 0
  const timer = setInterval(() => {
    if (at < rest.length && socket.writable) socket.write(rest[at++]!)
  }, 100)
  socket.once('close', () => clearInterval(timer))
  return socket
}

test.each([
  ['a body that stops', `${head}\r\n${body.slice(0, 5)}`, ''],
  ['a body of a byte now and then', `${head}\r\n`, body],
  ['headers that stop', head, ''],
  ['headers of a byte now and then', 'POST /v1/completions HTTP/1.1\r\n', 'host: somewhere.example\r\n'],
  ['silence', '', ''],
])('%s: a 408 that says so after receive_ms, and the connection is closed', async (_what, first, rest) => {
  const { port } = await listen()
  const { text, ms } = await answerOf(trickle(port, first, rest))
  expect(statusOf(text)).toBe('408 Request Timeout')
  expect(errorOf(text)).toMatchObject({ code: 'request_timeout', message: expect.stringContaining(`${receiveMs} ms`) })
  expect(ms).toBeGreaterThan(receiveMs - 50)
  // Half a second between looks, a second to read the answer in, and a machine that is busy.
  expect(ms).toBeLessThan(receiveMs + 500 + 1_000 + 2_000)
})

test('a body that is too slow is logged and counted as what it is', async () => {
  const { port, log, metrics } = await listen()
  await answerOf(trickle(port, `${head}\r\n`, body))
  await expect.poll(() => log.join('')).toContain('"status":408,"code":"request_timeout"')
  expect(await metrics()).toMatch(/tutti_requests_total\{.*status="408",code="request_timeout".*\} 1/)
  expect(log.join('')).not.toContain('client_closed')
  expect(log.filter((line) => line.includes('"level":"warn"'))).toEqual([])
})

test.each(['stream', 'whole'])('an answer that takes longer than receive_ms is not cut (%s)', async (form) => {
  const slowly: typeof generate = async function* () {
    for (let part = 0; part < 6; part++) {
      await delay(400)
      yield { kind: 'segment', text: 'x', logProb: 0, candidates: [], carrier: 'a', steps: [] }
    }
    yield { kind: 'finish', reason: 'stop', usage: { promptTokens: 1, completionTokens: 6 }, diagnosis: null }
  }
  const { port } = await listen({ generate: slowly })
  const answer = await fetch(`http://127.0.0.1:${port}/v1/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'tutti', prompt: 'x', stream: form === 'stream' }),
  })
  expect(answer.status).toBe(200)
  expect(await answer.text()).toContain('"finish_reason":"stop"')
})

test('a connection that is kept and idle is not cut, and its next request has receive_ms anew', async () => {
  const { port } = await listen()
  const socket = connect(port, '127.0.0.1')
  const closed = answerOf(socket)
  socket.write('GET /livez HTTP/1.1\r\nhost: x\r\n\r\n')
  await delay(receiveMs + 800)
  socket.write('GET /livez HTTP/1.1\r\nhost: x\r\n\r\nGET /livez HTTP/1.1\r\n')
  const { text } = await closed
  expect([...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual(['200', '200', '408'])
})

test('headers that are too large are a 431', async () => {
  const { port } = await listen()
  const socket = connect(port, '127.0.0.1')
  socket.write(`${head}x: ${'y'.repeat(20_000)}\r\n\r\n`)
  const { text } = await answerOf(socket)
  expect(statusOf(text)).toBe('431 Request Header Fields Too Large')
  expect(errorOf(text)).toMatchObject({ code: 'headers_too_large', message: expect.stringContaining('16384') })
})

test('a body that is no HTTP is a 400, logged as that', async () => {
  const { port, log } = await listen()
  const socket = connect(port, '127.0.0.1')
  socket.write(`${head.replace(/content-length.*\r\n/, 'transfer-encoding: chunked\r\n')}\r\n`)
  await delay(100)
  socket.write('zz\r\n')
  const { text } = await answerOf(socket)
  expect(statusOf(text)).toBe('400 Bad Request')
  expect(errorOf(text)).toMatchObject({ code: 'invalid_request', message: 'this is not a valid HTTP request' })
  await expect.poll(() => log.join('')).toContain('"status":400,"code":"invalid_request"')
})

test('bytes that are no HTTP, sent while an answer streams, are not answered inside it', async () => {
  const slowly: typeof generate = async function* (_plan, { signal }) {
    while (!signal.aborted) {
      yield { kind: 'segment', text: 'x', logProb: 0, candidates: [], carrier: 'a', steps: [] }
      await delay(20)
    }
    throw signal.reason
  }
  const { port } = await listen({ generate: slowly })
  const socket = connect(port, '127.0.0.1')
  const closed = answerOf(socket)
  socket.write(`${head}\r\n${body}`)
  await delay(300)
  socket.write('no HTTP\r\n\r\n')
  const { text } = await closed
  expect(text).toContain('data: ')
  expect(text.match(/HTTP\/1\.1/g)).toHaveLength(1)
})
