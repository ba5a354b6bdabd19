import type { IncomingHttpHeaders } from 'node:http'
import { Pool } from 'undici'
import type { TuttiError } from '../../errors.ts'
import { unlessAborted } from '../../unless-aborted.ts'
import { parseJson } from './check-shape.ts'
import { readEvents } from './event-stream.ts'
import { fromStatus, isLostConnection, toMemberError } from './failures.ts'
import { readLines } from './json-lines.ts'
import { refusalIn } from './refusal.ts'
import { rememberAddresses } from './remembered-addresses.ts'
import { retryAfterMs } from './retry-after.ts'
import { traceparent } from './traceparent.ts'
import { wholeAnswer } from './whole-answer.ts'

/** Milliseconds, and bytes per response. */
export interface HttpLimits {
  readonly connectMs: number
  /** From the request to the response's headers. */
  readonly firstByteMs: number
  /** Between two pieces of a response. */
  readonly silenceMs: number
  readonly maxResponseBytes: number
}

export interface HttpOptions {
  /** Sent as a bearer token. */
  readonly apiKey?: string | null
  /** Streams get a connection of their own: for servers that close it whatever they announce. */
  readonly closeStreams?: boolean
  /** Sent with every call, names in lower case. */
  readonly headers?: Readonly<Record<string, string>>
}

/** An answer as it came. */
export interface RawAnswer {
  readonly body: Buffer
  /** By name in lower case. */
  header(name: string): string | null
}

/** HTTP to one replica. Every method rejects with a `TuttiError` that carries the member's id. */
export interface HttpClient {
  readonly url: string
  /** JSON of a 2xx answer. */
  get(path: string, signal: AbortSignal): Promise<unknown>
  post(path: string, body: object, signal: AbortSignal): Promise<unknown>
  /** Whether a GET is answered with 2xx, whatever the body is: health routes of some servers have none. */
  reach(path: string, signal: AbortSignal): Promise<void>
  /** An answer that need not be JSON; `headers` are sent beside those of every call. */
  raw(path: string, body: object, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<RawAnswer>
  /** The data of each event that answers a POST; leaving the loop closes the connection, so that the server stops. */
  events(path: string, body: object, signal: AbortSignal): AsyncGenerator<string, void>
  /** The same for an answer of lines (NDJSON). */
  lines(path: string, body: object, signal: AbortSignal): AsyncGenerator<string, void>
  close(): Promise<void>
}

/** A call before it is sent; without a body it is a GET. */
interface Sent {
  readonly path: string
  readonly body: object | null
  readonly accept: string
  readonly headers?: Readonly<Record<string, string>>
}

type Reader = (chunks: AsyncIterable<Uint8Array>) => AsyncGenerator<string, void>

/** Shorter than common servers' 5 s, so that a request seldom meets a connection that is being closed. */
const keepAliveMs = 4_000
const errorBytes = 64 << 10
/** One memory for all members: several may stand on one host. */
const lookup = rememberAddresses()

async function readBytes(body: AsyncIterable<Uint8Array>, most: number): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes > most) break
  }
  return Buffer.concat(chunks)
}

export function defineHttpClient(
  member: string,
  url: string,
  limits: HttpLimits,
  { apiKey = null, closeStreams = false, headers: always = {} }: HttpOptions = {},
): HttpClient {
  const { origin, pathname } = new URL(url)
  const prefix = pathname.replace(/\/$/, '')
  const pool = new Pool(origin, {
    pipelining: 1,
    allowH2: false,
    connect: { timeout: limits.connectMs, noDelay: true, lookup },
    headersTimeout: limits.firstByteMs,
    bodyTimeout: limits.silenceMs,
    maxResponseSize: limits.maxResponseBytes,
    keepAliveTimeout: keepAliveMs,
    keepAliveMaxTimeout: keepAliveMs,
  })

  function toRequest({ path, body, accept, headers }: Sent) {
    const trace = traceparent()
    return {
      path: prefix + path,
      method: body === null ? ('GET' as const) : ('POST' as const),
      headers: {
        accept,
        'accept-encoding': 'identity',
        ...always,
        ...(body === null ? {} : { 'content-type': json }),
        ...(apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }),
        ...(trace === undefined ? {} : { traceparent: trace }),
        ...headers,
      },
      body: body === null ? null : JSON.stringify(body),
      reset: closeStreams && (accept === events || accept === lines),
    }
  }

  function refused(status: number, headers: IncomingHttpHeaders, body: Buffer): TuttiError {
    const refusal = refusalIn(body.subarray(0, errorBytes).toString('utf8'))
    return fromStatus(member, status, { ...refusal, retryAfterMs: retryAfterMs(headers['retry-after'], Date.now()) })
  }

  async function raw(sent: Sent, signal: AbortSignal): Promise<RawAnswer> {
    try {
      const request = toRequest(sent)
      // The pool sees to it that the answer is not too large.
      const answer = await resent(signal, () => wholeAnswer(pool, request, signal))
      const { statusCode, headers, body } = answer
      if (!isOk(statusCode)) throw refused(statusCode, headers, body)
      return { body, header: (name) => [headers[name] ?? []].flat()[0] ?? null }
    } catch (error) {
      throw toMemberError(member, url, error, signal)
    }
  }

  async function call(path: string, body: object | null, signal: AbortSignal): Promise<unknown> {
    const answer = await raw({ path, body, accept: json }, signal)
    return parseJson(answer.body.toString('utf8'), member, `the answer of ${path}`)
  }

  function stream(accept: string, read: Reader): HttpClient['events'] {
    return async function* (path, body, signal) {
      try {
        const request = toRequest({ path, body, accept })
        // undici hears the signal only when the connection is there, which may take as long as connecting may.
        const send = () => unlessAborted(pool.request({ ...request, signal }), signal)
        const response = await resent(signal, send)
        const { statusCode, headers } = response
        if (!isOk(statusCode)) throw refused(statusCode, headers, await readBytes(response.body, errorBytes))
        yield* read(response.body)
      } catch (error) {
        throw toMemberError(member, url, error, signal)
      }
    }
  }

  return {
    url,
    get: (path, signal) => call(path, null, signal),
    post: call,
    async reach(path, signal) {
      await raw({ path, body: null, accept: json }, signal)
    },
    raw: (path, body, headers, signal) => raw({ path, body, accept: '*/*', headers }, signal),
    events: stream(events, readEvents),
    lines: stream(lines, readLines),
    close: () => pool.destroy(),
  }
}

/** Sends anew what a kept connection has lost that the server was closing: nothing has been answered, and no call changes anything there. */
async function resent<T>(signal: AbortSignal, send: () => Promise<T>): Promise<T> {
  try {
    return await send()
  } catch (error) {
    if (signal.aborted || !isLostConnection(error)) throw error
    return send()
  }
}

function isOk(status: number): boolean {
  return status >= 200 && status < 300
}

const json = 'application/json'
const events = 'text/event-stream'
const lines = 'application/x-ndjson'
