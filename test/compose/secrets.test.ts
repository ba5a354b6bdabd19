import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { compose } from '../../src/compose.ts'
import { parseConfig } from '../../src/config/parse.ts'
import { hashOfKey } from '../../src/config/resolve-server.ts'
import { createLogger } from '../../src/observability/logger.ts'
import { smallModel } from '../conformance/support.ts'
import { startTwin } from '../wire/kit/twin.ts'
import { llamacpp } from '../wire/llamacpp.ts'

const canaries = {
  key: 'CANARY-member-key',
  caller: 'CANARY-caller-key-0123',
  prompt: 'CANARY-prompt',
  cookie: 'CANARY-cookie',
}

const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

/** A server before another one: keeps the headers that come, and may repeat them in a refusal, or send elsewhere. */
async function startListener(target: string) {
  const seen: IncomingHttpHeaders[] = []
  const state = { mode: 'pass' as 'pass' | 'refuse' | 'redirect', elsewhere: 0 }
  const server = createServer(async (request, response) => {
    seen.push(request.headers)
    if (request.url === '/elsewhere') state.elsewhere++
    if (state.mode === 'refuse') {
      response.writeHead(401).end(JSON.stringify({ error: { message: `wrong key ${request.headers.authorization}` } }))
      return
    }
    if (state.mode === 'redirect') {
      response.writeHead(307, { location: '/elsewhere' }).end()
      return
    }
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const { method = 'GET' } = request
    const body = method === 'GET' ? {} : { body: Buffer.concat(chunks) }
    // A probe may still be on its way when all ends.
    try {
      const answer = await fetch(`${target}${request.url}`, {
        method,
        headers: { 'content-type': 'application/json' },
        ...body,
      })
      response.writeHead(answer.status, {
        'content-type': answer.headers.get('content-type') ?? '',
        'x-tutti-internal': '1',
      })
      response.end(Buffer.from(await answer.arrayBuffer()))
    } catch {
      response.destroy()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  open.push({ close: () => server.close() })
  return { port: (server.address() as AddressInfo).port, seen, state }
}

async function start() {
  const twin = await startTwin(llamacpp, smallModel())
  open.push(twin)
  const listener = await startListener(twin.url)
  const config = parseConfig(
    `
server: { port: 0, keys: [{ name: k, sha256: ${hashOfKey(canaries.caller)} }] }
members: { a: { kind: llamacpp, url: 'http://127.0.0.1:${listener.port}', api_key: '\${KEY}' } }
ensembles: { e: { members: [{ id: a }] } }
`,
    { file: 'x.yaml', folder: '/', env: { KEY: canaries.key } },
  )
  const log: string[] = []
  const gateway = await compose(config, createLogger('debug', { write: (line) => log.push(line) }), '0.0.0')
  open.push(gateway)
  const said: string[] = []
  const ask = async (path: string, body?: object) => {
    const headers = {
      'content-type': 'application/json',
      authorization: `Bearer ${canaries.caller}`,
      cookie: canaries.cookie,
      'x-forwarded-for': canaries.cookie,
      'x-tutti-internal': canaries.cookie,
      'x-tutti-member-url': 'http://127.0.0.1:1',
    }
    const answer = await fetch(`${gateway.url}${path}`, {
      headers,
      ...(body !== undefined && {
        method: 'POST',
        body: JSON.stringify({ model: 'e', prompt: canaries.prompt, ...body }),
      }),
    })
    said.push([...answer.headers].join('\n'), await answer.text())
    return answer.status
  }
  return { listener, log, said, ask }
}

const pages = ['/v1/models', '/v1/ensembles', '/readyz', '/metrics', '/openapi.json']

test("nothing of a caller's headers reaches a member, and nothing of a member's reaches a caller", async () => {
  const { listener, ask, said } = await start()
  expect(await ask('/v1/completions', { max_tokens: 2 })).toBe(200)
  const names = new Set(listener.seen.flatMap((headers) => Object.keys(headers)))
  expect([...names].sort()).toEqual(
    ['accept', 'accept-encoding', 'authorization', 'connection', 'content-length', 'content-type', 'host'].sort(),
  )
  expect(JSON.stringify(listener.seen)).not.toMatch(/CANARY-(caller|cookie)/)
  expect(said.join('')).not.toContain('x-tutti-internal')
})

test('a member that sends elsewhere is not followed', async () => {
  const { listener, ask } = await start()
  listener.state.mode = 'redirect'
  expect(await ask('/v1/completions', { max_tokens: 2 })).toBe(503)
  expect(listener.state.elsewhere).toBe(0)
})

test('secrets appear in no answer, log line or metric, also when a member repeats them', async () => {
  const { listener, ask, log, said } = await start()
  await ask('/v1/completions', { max_tokens: 2, ensemble: { diagnostics: 'steps' } })
  // What the echo of the prompt says is the caller's own.
  said.length = 0
  listener.state.mode = 'refuse'
  await ask('/v1/completions', { max_tokens: 2 })
  await ask('/v1/completions', { max_tokens: 2, stream: true })
  await ask('/tokenize', {})
  for (const page of pages) await ask(page)
  expect(said.join('\n')).toContain('wrong key Bearer ***')
  for (const canary of Object.values(canaries)) {
    expect(said.join('\n')).not.toContain(canary)
    expect(log.join('')).not.toContain(canary)
  }
})
