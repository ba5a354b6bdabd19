import { type Dispatcher, Pool } from 'undici'
import { TuttiError } from '../../errors.ts'
import { readEvents } from './event-stream.ts'
import { fromStatus, type Refusal, toMemberError } from './failures.ts'

/** Milliseconds, and bytes per response. */
export interface HttpLimits {
  readonly connectMs: number
  /** From the request to the response's headers. */
  readonly firstByteMs: number
  /** Between two pieces of a response. */
  readonly silenceMs: number
  readonly maxResponseBytes: number
}

/** HTTP to one replica. Every method rejects with a `TuttiError` that carries the member's id. */
export interface HttpClient {
  readonly url: string
  /** JSON of a 2xx answer. */
  get(path: string, signal: AbortSignal): Promise<unknown>
  post(path: string, body: object, signal: AbortSignal): Promise<unknown>
  /** The data of each event that answers a POST; leaving the loop closes the connection, so that the server stops. */
  events(path: string, body: object, signal: AbortSignal): AsyncGenerator<string, void>
  close(): Promise<void>
}

/** Shorter than common servers' 5 s, so that a request seldom meets a connection that is being closed. */
const keepAliveMs = 4_000
const errorBytes = 64 << 10

/** The server's words in an error body: `error` as a string (OIP, TGI) or as an object (OpenAI), else the text's start. */
function refusalIn(text: string): Refusal {
  try {
    const body = JSON.parse(text) as { error?: unknown; code?: unknown }
    const { error } = body
    const { message, code } =
      typeof error === 'object' && error !== null
        ? (error as { message?: unknown; code?: unknown })
        : { message: error, code: body.code }
    if (typeof message === 'string') return { message, code: typeof code === 'string' ? code : null }
  } catch {
    // Not JSON: a proxy's page, most likely.
  }
  return { message: text.slice(0, 200) || 'no message', code: null }
}

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

export function defineHttpClient(member: string, url: string, limits: HttpLimits): HttpClient {
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

  async function request(
    path: string,
    body: object | null,
    accept: string,
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    const response = await pool.request({
      path: prefix + path,
      method: body === null ? 'GET' : 'POST',
      headers: {
        accept,
        'accept-encoding': 'identity',
        ...(body === null ? {} : { 'content-type': 'application/json' }),
      },
      body: body === null ? null : JSON.stringify(body),
      signal,
    })
    if (response.statusCode >= 200 && response.statusCode < 300) return response
    throw fromStatus(member, response.statusCode, refusalIn(await readText(response.body, errorBytes)))
  }

  async function json(path: string, body: object | null, signal: AbortSignal): Promise<unknown> {
    try {
      const response = await request(path, body, 'application/json', signal)
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

  return {
    url,
    get: (path, signal) => json(path, null, signal),
    post: json,
    async *events(path, body, signal) {
      try {
        const response = await request(path, body, 'text/event-stream', signal)
        yield* readEvents(response.body)
      } catch (error) {
        throw toMemberError(member, url, error, signal)
      }
    },
    close: () => pool.destroy(),
  }
}
