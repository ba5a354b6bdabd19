import { type Dispatcher, Pool } from 'undici'
import { TuttiError } from '../../errors.ts'
import { readEvents } from './event-stream.ts'
import { fromStatus, isLostConnection, toMemberError } from './failures.ts'
import { readLines } from './json-lines.ts'
import { refusalIn } from './refusal.ts'
import { retryAfterMs } from './retry-after.ts'

/** Milliseconds, and bytes per response. */
export interface HttpLimits {
  readonly connectMs: number
  /** From the request to the response's headers. */
  readonly firstByteMs: number
  /** Between two pieces of a response. */
  readonly silenceMs: number
  readonly maxResponseBytes: number
}

interface HttpOptions {
  /** Sent as a bearer token. */
  readonly apiKey?: string | null
  /** Streams get a connection of their own: for servers that close it whatever they announce. */
  readonly closeStreams?: boolean
}

/** HTTP to one replica. Every method rejects with a `TuttiError` that carries the member's id. */
export interface HttpClient {
  readonly url: string
  /** JSON of a 2xx answer. */
  get(path: string, signal: AbortSignal): Promise<unknown>
  post(path: string, body: object, signal: AbortSignal): Promise<unknown>
  /** Whether it answers 2xx at all: for routes whose answers some servers leave empty. */
  reach(path: string, signal: AbortSignal): Promise<void>
  /** The data of each event that answers a POST; leaving the loop closes the connection, so that the server stops. */
  events(path: string, body: object, signal: AbortSignal): AsyncGenerator<string, void>
  /** The same for an answer of lines (NDJSON). */
  lines(path: string, body: object, signal: AbortSignal): AsyncGenerator<string, void>
  close(): Promise<void>
}

type Reader = (chunks: AsyncIterable<Uint8Array>) => AsyncGenerator<string, void>

/** Shorter than common servers' 5 s, so that a request seldom meets a connection that is being closed. */
const keepAliveMs = 4_000
const errorBytes = 64 << 10

async function readText(body: AsyncIterable<Uint8Array>, most: number): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes > most) break
  }
  return Buffer.concat(chunks).toString('utf8')
}

export function defineHttpClient(
  member: string,
  url: string,
  limits: HttpLimits,
  { apiKey = null, closeStreams = false }: HttpOptions = {},
): HttpClient {
  const { origin, pathname } = new URL(url)
  const prefix = pathname.replace(/\/$/, '')
  const pool = new Pool(origin, {
    pipelining: 1,
    allowH2: false,
    connect: { timeout: limits.connectMs, noDelay: true },
    headersTimeout: limits.firstByteMs,
    bodyTimeout: limits.silenceMs,
    maxResponseSize: limits.maxResponseBytes,
    keepAliveTimeout: keepAliveMs,
    keepAliveMaxTimeout: keepAliveMs,
  })

  function send(path: string, body: object | null, accept: string, signal: AbortSignal) {
    return pool.request({
      path: prefix + path,
      method: body === null ? 'GET' : 'POST',
      headers: {
        accept,
        'accept-encoding': 'identity',
        ...(body === null ? {} : { 'content-type': 'application/json' }),
        ...(apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }),
      },
      body: body === null ? null : JSON.stringify(body),
      reset: closeStreams && accept !== json,
      signal,
    })
  }

  async function request(
    path: string,
    body: object | null,
    accept: string,
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    const response = await send(path, body, accept, signal).catch((error) => {
      // A kept connection that the server was closing: nothing has been answered, and no call changes anything there.
      if (signal.aborted || !isLostConnection(error)) throw error
      return send(path, body, accept, signal)
    })
    const { statusCode, headers } = response
    if (statusCode >= 200 && statusCode < 300) return response
    const refusal = refusalIn(await readText(response.body, errorBytes))
    throw fromStatus(member, statusCode, { ...refusal, retryAfterMs: retryAfterMs(headers['retry-after'], Date.now()) })
  }

  async function call(path: string, body: object | null, signal: AbortSignal): Promise<unknown> {
    try {
      const response = await request(path, body, json, signal)
      const text = await readText(response.body, Number.POSITIVE_INFINITY)
      try {
        return JSON.parse(text)
      } catch (cause) {
        throw new TuttiError('member_protocol', `${member}: ${path} answered no JSON`, { member, cause })
      }
    } catch (error) {
      throw toMemberError(member, url, error, signal)
    }
  }

  function stream(accept: string, read: Reader): HttpClient['events'] {
    return async function* (path, body, signal) {
      try {
        const response = await request(path, body, accept, signal)
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
      try {
        await readText((await request(path, null, json, signal)).body, errorBytes)
      } catch (error) {
        throw toMemberError(member, url, error, signal)
      }
    },
    events: stream('text/event-stream', readEvents),
    lines: stream('application/x-ndjson', readLines),
    close: () => pool.destroy(),
  }
}

const json = 'application/json'
