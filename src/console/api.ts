import { keyOf } from './key.ts'
import { readEvents } from './server-sent-events.ts'
import type { Chunk } from './wire.ts'

/** What the gateway refused or could not do, in its own words. */
export class ApiError extends Error {
  readonly status: number
  /** The field at fault. */
  readonly param: string | null

  constructor(message: string, status: number, param: string | null) {
    super(message)
    this.status = status
    this.param = param
  }
}

/** Relative to the page, so that both may lie behind a proxy's prefix. */
function urlOf(path: string): string {
  return new URL(path, document.baseURI).href
}

async function send(path: string, body: object | null, signal?: AbortSignal): Promise<Response> {
  const key = keyOf()
  const response = await fetch(urlOf(path), {
    method: body === null ? 'GET' : 'POST',
    headers: {
      ...(key !== '' && { authorization: `Bearer ${key}` }),
      ...(body !== null && { 'content-type': 'application/json' }),
    },
    ...(body !== null && { body: JSON.stringify(body) }),
    ...(signal && { signal }),
  })
  if (response.ok) return response
  const { error } = (await response.json().catch(() => ({}))) as { error?: { message: string; param: string | null } }
  throw new ApiError(error?.message ?? `status ${response.status}`, response.status, error?.param ?? null)
}

export async function get<Answer>(path: string, signal?: AbortSignal): Promise<Answer> {
  return (await (await send(path, null, signal)).json()) as Answer
}

export async function post<Answer>(path: string, body: object, signal: AbortSignal): Promise<Answer> {
  return (await (await send(path, body, signal)).json()) as Answer
}

/** The chunks of a stream as they come. Aborting the signal closes the connection, which ends the work for it. */
export async function* stream(path: string, body: object, signal: AbortSignal): AsyncGenerator<Chunk, void> {
  const response = await send(path, body, signal)
  if (response.body === null) return
  const read = readEvents()
  const decoder = new TextDecoder()
  const reader = response.body.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    for (const data of read(decoder.decode(value, { stream: true }))) {
      if (data === '[DONE]') return
      const chunk = JSON.parse(data) as Chunk | { readonly error: { readonly message: string } }
      if ('error' in chunk) throw new ApiError(chunk.error.message, 200, null)
      yield chunk
    }
  }
}
