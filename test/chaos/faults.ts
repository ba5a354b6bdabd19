import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Adapter, Lie, Served } from './adapters.ts'
import { openBlackHole } from './black-hole.ts'
import { formOf, rewritten, units, withoutLength } from './bodies.ts'
import { type FaultyProxy, handOn, type Strike } from './faulty-proxy.ts'
import { answersOnly, type RouteName } from './routes.ts'
import type { Times } from './times.ts'

/** One way in which a server fails. */
export interface Fault {
  readonly name: string
  /** Of every exchange. */
  readonly strike?: (served: Served, times: Times) => Strike
  /** Of the listening socket; returns what ends it. */
  readonly begin?: (proxy: FaultyProxy) => Promise<() => Promise<void>>
  /** It strikes the healthy members too, each in front of its own server. */
  readonly all?: true
  /** What a member says while it lasts need not be what it would say without. */
  readonly alters?: true
  /** Why it can't be met there; null where it can. */
  readonly unmet?: (adapter: Adapter, route: RouteName) => string | null
}

const json = { 'content-type': 'application/json' }
const noBody = async () => true

/** The body from its beginning, and then a reset. */
const resetAfter =
  (most: number): Strike =>
  async ({ answer, response, request }) => {
    const came = await answer()
    response.writeHead(came.statusCode ?? 502, came.headers)
    let left = most
    for await (const chunk of came as AsyncIterable<Buffer>) {
      response.write(chunk.subarray(0, left))
      left -= chunk.length
      if (left < 0) break
    }
    if (left >= 0) {
      response.end()
      return false
    }
    // What was written has left first.
    await sleep(2)
    request.socket.resetAndDestroy()
    return true
  }

/** The whole body under a wrong length. */
const announced =
  (difference: number): Strike =>
  async ({ answer, response, request }) => {
    const came = await answer()
    const whole = await buffer(came)
    response.writeHead(came.statusCode ?? 502, {
      ...withoutLength(came),
      'content-length': Math.max(0, whole.length + difference),
    })
    response.write(whole)
    await sleep(2)
    request.socket.destroySoon()
    return true
  }

const refused =
  (status: number): Strike =>
  async ({ request, response }) => {
    request.resume()
    response.writeHead(status, { ...json, 'retry-after': '1' })
    response.end(JSON.stringify({ error: { message: 'too much is going on', type: 'server_error' } }))
    return true
  }

const changed =
  (change: (piece: string) => string): Strike =>
  async ({ answer, response }) => {
    const came = await answer()
    const { body, changed: isChanged } = await rewritten(came, change)
    response.writeHead(came.statusCode ?? 502, withoutLength(came)).end(body)
    return isChanged
  }

/** A stream's first event or line, and then something else. */
const afterFirst =
  (rest: (route: string) => readonly string[]): Strike =>
  async (exchange) => {
    const { answer, response, request } = exchange
    const came = await answer()
    const form = formOf(came)
    response.writeHead(came.statusCode ?? 502, withoutLength(came))
    if (form === 'json' || form === 'bytes' || came.statusCode !== 200) {
      for await (const chunk of came) response.write(chunk)
      response.end()
      return false
    }
    for await (const unit of units(came)) {
      response.write(Buffer.from(unit, 'latin1'))
      break
    }
    for (const piece of rest(`${request.method} ${request.url}`)) response.write(piece)
    response.end()
    return true
  }

const filling = { events: ': still there\n\n', lines: ' \n', json: '        ', bytes: '\0\0\0\0\0\0\0\0' }

const endless: Strike = async ({ answer, response, over }) => {
  const came = await answer()
  const more = filling[formOf(came)].repeat(512)
  came.resume()
  response.writeHead(came.statusCode ?? 502, withoutLength(came))
  while (!over.aborted) {
    response.write(more)
    await sleep(2)
  }
  return true
}

const dripping: Strike = async ({ answer, response, over }) => {
  const came = await answer()
  response.writeHead(came.statusCode ?? 502, came.headers)
  for await (const chunk of came as AsyncIterable<Buffer>) {
    for (const byte of chunk) {
      if (over.aborted) return true
      response.write(Uint8Array.of(byte))
      await sleep(10)
    }
  }
  response.end()
  return true
}

const truncated: Strike = async ({ answer, response, request }) => {
  const came = await answer()
  const whole = await buffer(came)
  response.writeHead(came.statusCode ?? 502, came.headers)
  response.write(whole.subarray(0, whole.length / 2))
  await sleep(2)
  request.socket.destroySoon()
  return true
}

const silent: Strike = async ({ answer, response }) => {
  const came = await answer()
  came.resume()
  response.writeHead(came.statusCode ?? 502, came.headers)
  response.flushHeaders()
  return true
}

/** Dies after the first bytes of its first answer, and is back after a while. */
function restarting(): Strike {
  let died = false
  return async (exchange) => {
    if (died) return handOn(exchange)
    died = true
    const { answer, response, proxy } = exchange
    const came = await answer()
    response.writeHead(came.statusCode ?? 502, came.headers)
    for await (const chunk of came as AsyncIterable<Buffer>) {
      response.write(chunk.subarray(0, 40))
      break
    }
    await proxy.shut()
    await sleep(60)
    await proxy.reopen()
    return true
  }
}

const late =
  ({ deadlineMs }: Times): Strike =>
  async (exchange) => {
    await sleep(2 * deadlineMs, null, { signal: exchange.over })
    return handOn(exchange)
  }

async function refusing(proxy: FaultyProxy): Promise<() => Promise<void>> {
  await proxy.shut()
  return () => proxy.reopen()
}

async function blackHole(proxy: FaultyProxy): Promise<() => Promise<void>> {
  await proxy.shut()
  const end = await openBlackHole(proxy.port)
  return async () => {
    await end()
    await proxy.reopen()
  }
}

/** A server whose lists are wrong. */
function lying(name: string, lie: Lie): Fault {
  return {
    name,
    alters: true,
    strike: (served) => served.lies[lie] ?? handOn,
    unmet: (adapter, route) =>
      (answersOnly(adapter, route) ? 'a written answer has no lists' : null) ?? adapter.unable[lie] ?? null,
  }
}

/** The faults of the suite, in the order of its table. */
export const faults: readonly Fault[] = [
  { name: 'connection refused', begin: refusing },
  { name: 'connection never completed', begin: blackHole },
  { name: 'silence before the headers', strike: () => noBody },
  { name: 'silence after the headers', strike: () => silent },
  { name: 'a byte every 10 ms', strike: () => dripping },
  { name: 'reset after 40 bytes', strike: () => resetAfter(40) },
  { name: 'reset after 2,000 bytes', strike: () => resetAfter(2_000) },
  { name: 'half of the body', strike: () => truncated },
  { name: 'length too great', strike: () => announced(7) },
  { name: 'length too small', strike: () => announced(-7) },
  { name: 'endless body', strike: () => endless },
  { name: 'invalid JSON', strike: () => changed((piece) => piece.slice(0, -1)) },
  { name: 'JSON of another shape', strike: () => changed(() => '{"unexpected":true}') },
  lying('log-probability NaN', 'nan'),
  lying('log-probability above 0', 'positive'),
  lying('empty list', 'empty'),
  lying('filtered list', 'filtered'),
  lying('list with a token twice', 'duplicate'),
  { name: '429 to everything', strike: () => refused(429) },
  { name: '500 to everything', strike: () => refused(500) },
  { name: 'error in a stream', strike: ({ streamError }) => afterFirst(streamError) },
  { name: 'end without finish', strike: () => afterFirst(() => []) },
  { name: 'another model', alters: true, strike: ({ another }) => another },
  { name: 'restart', strike: restarting },
  { name: 'all of the quorum late', all: true, strike: (_, times) => late(times) },
]
