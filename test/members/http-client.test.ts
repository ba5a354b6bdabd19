import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { TuttiError } from '../../src/errors.ts'
import { defineHttpClient, type HttpClient, type HttpLimits } from '../../src/members/shared/http-client.ts'
import { openBlackHole } from '../chaos/black-hole.ts'
import { failure, serve, signal } from './support.ts'

const limits: HttpLimits = { connectMs: 500, firstByteMs: 300, silenceMs: 300, maxResponseBytes: 10_000 }

function client(url: string, change: Partial<HttpLimits> = {}): HttpClient {
  const http = defineHttpClient('m', url, { ...limits, ...change })
  onTestFinished(() => http.close())
  return http
}

async function all(events: AsyncIterable<string>): Promise<string[]> {
  const list: string[] = []
  for await (const event of events) list.push(event)
  return list
}

test.each([
  [400, 'member_rejected'],
  [404, 'member_rejected'],
  [422, 'member_rejected'],
  [500, 'member_rejected'],
  [429, 'member_unavailable'],
  [502, 'member_unavailable'],
  [503, 'member_unavailable'],
  [504, 'member_unavailable'],
  [302, 'member_protocol'],
])("status %i is %s, with the server's words", async (status, code) => {
  const { url } = await serve((_request, response) => {
    response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end('{"error":"because"}')
  })
  const error = await failure(client(url).post('/x', {}, signal))
  expect(error).toMatchObject({ code, member: 'm' })
  expect(error.message).toContain('because')
  expect(await failure(all(client(url).events('/x', {}, signal)))).toMatchObject({ code, member: 'm' })
})

test('a full context is told from a rejected call, in either dialect, and only by a 400', async () => {
  const code = 'context_length_exceeded'
  const bodies = [{ error: 'too long', code }, { error: { message: 'too long', code } }]
  const { url } = await serve((request, response) => {
    const [, status, body] = (request.url ?? '').split('/')
    response.writeHead(Number(status)).end(JSON.stringify(bodies[Number(body)]))
  })
  for (const body of [0, 1]) {
    expect(await failure(client(url).get(`/400/${body}`, signal))).toMatchObject({ code, member: 'm' })
    expect(await failure(client(url).get(`/500/${body}`, signal))).toMatchObject({ code: 'member_rejected' })
  }
})

test('the words of an error are found in every dialect', async () => {
  const bodies = ['{"error":"plain"}', '{"error":{"message":"plain"}}', 'plain']
  const { url } = await serve((request, response) => {
    response.writeHead(400).end(bodies[Number(request.url?.slice(1))])
  })
  for (const path of ['/0', '/1', '/2'])
    expect((await failure(client(url).get(path, signal))).message).toContain('400: plain')
})

test('a server that is not there is member_unreachable', async () => {
  const { url, server } = await serve(() => {})
  await new Promise((resolve) => server.close(resolve))
  expect(await failure(client(url).get('/', signal))).toMatchObject({ code: 'member_unreachable', member: 'm' })
})

test('a server that never answers is member_timeout', async () => {
  const { url } = await serve(() => {})
  expect(await failure(client(url).get('/', signal))).toMatchObject({ code: 'member_timeout', member: 'm' })
})

test('a server that falls silent within an answer is member_timeout', async () => {
  const { url } = await serve((_request, response) => {
    response.write('data: one\n\n')
  })
  const events = client(url).events('/', {}, signal)
  expect((await events.next()).value).toBe('one')
  expect(await failure(events.next())).toMatchObject({ code: 'member_timeout', member: 'm' })
})

test('an answer longer than the cap is member_protocol, streamed or not', async () => {
  const { url } = await serve((_request, response) => {
    for (let i = 0; i < 30; i++) response.write(`data: ${'x'.repeat(1_000)}\n\n`)
    response.end()
  })
  expect(await failure(client(url).get('/', signal))).toMatchObject({ code: 'member_protocol' })
  expect(await failure(all(client(url).events('/', {}, signal)))).toMatchObject({ code: 'member_protocol' })
})

test('a connection that breaks within an answer is member_unreachable', async () => {
  const { url } = await serve((_request, response) => {
    response.write('data: one\n\n')
    setTimeout(() => response.destroy(), 50)
  })
  expect(await failure(all(client(url).events('/', {}, signal)))).toMatchObject({ code: 'member_unreachable' })
})

test('an answer that is not JSON is member_protocol', async () => {
  const { url } = await serve((_request, response) => response.end('<html>'))
  expect(await failure(client(url).get('/', signal))).toMatchObject({ code: 'member_protocol' })
})

test('an aborted call fails for the reason it was aborted for', async () => {
  const { url } = await serve(() => {})
  const deadline = new AbortController()
  const call = failure(client(url, { firstByteMs: 5_000 }).get('/', deadline.signal))
  deadline.abort(new TuttiError('deadline_exceeded', 'too late'))
  expect(await call).toMatchObject({ code: 'deadline_exceeded' })
  for (const late of [AbortSignal.timeout(20), AbortSignal.any([signal, AbortSignal.timeout(20)])]) {
    const http = client(url, { firstByteMs: 5_000 })
    expect(await failure(http.get('/', late))).toMatchObject({ code: 'member_timeout', member: 'm' })
  }
  const plain = failure(client(url).get('/', AbortSignal.abort()))
  expect(await plain).toMatchObject({ code: 'client_closed', member: 'm' })
})

test('leaving a stream closes its connection', async () => {
  let closed = false
  const { url } = await serve((_request, response) => {
    const timer = setInterval(() => response.write('data: on\n\n'), 5)
    response.on('close', () => {
      clearInterval(timer)
      closed = true
    })
  })
  for await (const _event of client(url).events('/', {}, signal)) break
  await expect.poll(() => closed).toBe(true)
})

test('calls one after the other share connections, and streams read to their end leave it usable', async () => {
  const { url, server } = await serve((request, response) => {
    response.end(request.method === 'POST' ? 'data: one\n\n' : '{}')
  })
  let connections = 0
  server.on('connection', () => connections++)
  const http = client(url)
  for (let i = 0; i < 10; i++) {
    await http.get('/', signal)
    await all(http.events('/', {}, signal))
  }
  // Two, when a call begins in the very turn in which the one before it ends.
  expect(connections).toBeLessThanOrEqual(2)
})

test('a base path of the URL precedes every route', async () => {
  const { url } = await serve((request, response) => response.end(JSON.stringify(request.url)))
  expect(await client(`${url}/models/a/`).get('/v2', signal)).toBe('/models/a/v2')
})

test.each([
  ['3', 3_000, 3_000],
  ['Wed, 21 Oct 2099 07:28:00 GMT', 3_600_000, 3_600_000],
  ['soon', null, null],
])('Retry-After %s of an overloaded server is told', async (header, least, most) => {
  const { url } = await serve((_request, response) => response.writeHead(503, { 'retry-after': header }).end('{}'))
  const error = (await failure(client(url).get('/', signal))) as { retryAfterMs?: number | null }
  if (least === null || most === null) return expect(error.retryAfterMs).toBe(null)
  expect(error.retryAfterMs).toBeGreaterThanOrEqual(least)
  expect(error.retryAfterMs).toBeLessThanOrEqual(most)
})

test('the key goes with every call, and only where there is one', async () => {
  const { url } = await serve((request, response) =>
    response.end(JSON.stringify(request.headers.authorization ?? null)),
  )
  const http = defineHttpClient('m', url, limits, { apiKey: 'secret' })
  onTestFinished(() => http.close())
  expect(await http.get('/', signal)).toBe('Bearer secret')
  expect(await all(http.lines('/', {}, signal))).toEqual(['"Bearer secret"'])
  expect(await client(url).get('/', signal)).toBe(null)
})

test('streams ask for a connection of their own where the server would close it anyhow', async () => {
  const seen: (string | undefined)[] = []
  const { url } = await serve((request, response) => {
    seen.push(request.headers.connection)
    response.end('{}')
  })
  const http = defineHttpClient('m', url, limits, { closeStreams: true })
  onTestFinished(() => http.close())
  await http.post('/', {}, signal)
  await all(http.events('/', {}, signal))
  expect(seen).toEqual(['keep-alive', 'close'])
})

test('a kept connection that the server has closed costs one more try, an answer that breaks none', async () => {
  let calls = 0
  const { url } = await serve((request, response) => {
    calls++
    if (calls === 1) request.socket.destroy()
    else response.end('{}')
  })
  expect(await client(url).post('/', {}, signal)).toEqual({})
  expect(calls).toBe(2)
})

test('an abort is felt within 50 ms, before the answer and within it', async () => {
  const { url } = await serve((request, response) => {
    if (request.url === '/stream') response.write('data: one\n\n')
  })
  for (const path of ['/', '/stream']) {
    const controller = new AbortController()
    const events = client(url, { firstByteMs: 5_000, silenceMs: 5_000 }).events(path, {}, controller.signal)
    if (path === '/stream') await events.next()
    const ended = failure(events.next())
    setTimeout(() => controller.abort(), 20)
    const start = performance.now()
    expect(await ended).toMatchObject({ code: 'client_closed' })
    expect(performance.now() - start).toBeLessThan(20 + 50)
  }
})

test('an abort is felt at once while a connection is being made that is never completed; waiting for it ends by its limit', async () => {
  const { url, server } = await serve(() => {})
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  onTestFinished(await openBlackHole(port))
  const controller = new AbortController()
  const ended = failure(client(url, { connectMs: 5_000 }).post('/', {}, controller.signal))
  setTimeout(() => controller.abort(new DOMException('late', 'TimeoutError')), 20)
  const start = performance.now()
  expect(await ended).toMatchObject({ code: 'member_timeout' })
  expect(performance.now() - start).toBeLessThan(500)
  expect(await failure(client(url, { connectMs: 50 }).post('/', {}, signal))).toMatchObject({ code: 'member_timeout' })
})
