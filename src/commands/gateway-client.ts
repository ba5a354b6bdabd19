import { createParser, type EventSourceMessage } from 'eventsource-parser'
import { type Dispatcher, request } from 'undici'
import { CommandError } from './command-error.ts'

interface ErrorShape {
  readonly error?: { readonly message?: string; readonly code?: string; readonly param?: string | null }
}

/** Calls a gateway as any client would. Every failure is a `CommandError` that says what to do. */
export interface GatewayClient {
  get<T>(path: string): Promise<T>
  post<T>(path: string, body: object): Promise<T>
  /** The objects of an event stream, until `[DONE]`. */
  stream<T>(path: string, body: object): AsyncGenerator<T, void>
}

export interface GatewayAddress {
  readonly url: string
  /** An API key, where the gateway wants one. */
  readonly key?: string
}

export function gatewayClient({ url, key }: GatewayAddress): GatewayClient {
  const base = url.replace(/\/+$/, '')

  async function call(method: 'GET' | 'POST', path: string, body?: object): Promise<Dispatcher.ResponseData['body']> {
    const headers = {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
    }
    const options = { method, headers, ...(body && { body: JSON.stringify(body) }) }
    try {
      const answer = await request(`${base}${path}`, options)
      if (answer.statusCode === 200) return answer.body
      throw refused(base, answer.statusCode, await answer.body.text())
    } catch (error) {
      throw error instanceof CommandError ? error : unreachable(base, error)
    }
  }

  return {
    get: async <T>(path: string) => (await (await call('GET', path)).json()) as T,
    post: async <T>(path: string, body: object) => (await (await call('POST', path, body)).json()) as T,
    async *stream<T>(path: string, body: object) {
      const received: EventSourceMessage[] = []
      const parser = createParser({ onEvent: (event) => received.push(event) })
      const decoder = new TextDecoder()
      for await (const bytes of await call('POST', path, body)) {
        parser.feed(decoder.decode(bytes as Uint8Array, { stream: true }))
        for (const { data } of received.splice(0)) {
          if (data === '[DONE]') return
          const value = JSON.parse(data) as T & ErrorShape
          if (value.error) throw new CommandError(describe(value))
          yield value
        }
      }
      throw new CommandError('the stream broke off; see the log of the gateway')
    },
  }
}

function unreachable(base: string, error: unknown): CommandError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (
    code === 'ECONNREFUSED' ||
    code === 'ENOTFOUND' ||
    code === 'UND_ERR_CONNECT_TIMEOUT' ||
    code === 'ERR_INVALID_URL'
  ) {
    return new CommandError(`nothing answers at ${base}; start it with \`npm start\`, or give another --url`, error)
  }
  return new CommandError(`the call of ${base} failed (${code || String(error)})`, error)
}

function refused(base: string, status: number, text: string): CommandError {
  try {
    return new CommandError(describe(JSON.parse(text) as ErrorShape))
  } catch {
    return new CommandError(`${base} answered with status ${status}; is it a Tutti gateway?`)
  }
}

function describe({ error }: ErrorShape): string {
  return `${error?.message ?? 'the gateway failed'} (${error?.code ?? 'unknown'})`
}
