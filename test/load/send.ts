import { Agent, request } from 'undici'
import { readEvents } from '../../src/members/shared/event-stream.ts'
import type { MemberPart } from './outcome.ts'

interface Part {
  readonly error?: { readonly code?: string }
  readonly choices?: readonly { readonly text?: string; readonly delta?: { readonly content?: string } }[]
  readonly ensemble?: {
    readonly degraded?: boolean
    readonly members?: readonly { id: string; status: string; latency_ms: { total: number } }[]
  }
}

/** What came back, on the clock of `now`. */
export interface Answered {
  readonly code: string
  readonly textTimes: readonly number[]
  readonly degraded: boolean
  readonly members: readonly MemberPart[]
}

export interface Target {
  readonly url: string
  readonly key: string | null
  readonly now: () => number
}

export interface Sender {
  send(path: string, body: object, signal: AbortSignal): Promise<Answered>
  close(): Promise<void>
}

/** A client that opens as many connections as there are requests at a time, as many callers would. */
export function defineSender({ url, key, now }: Target): Sender {
  const dispatcher = new Agent({ pipelining: 1, headersTimeout: 0, bodyTimeout: 0 })
  const headers = { 'content-type': 'application/json', ...(key !== null && { authorization: `Bearer ${key}` }) }

  async function send(path: string, body: object, signal: AbortSignal): Promise<Answered> {
    const sent = { method: 'POST', headers, body: JSON.stringify(body), dispatcher, signal } as const
    const answer = await request(new URL(path, url), sent)
    if (String(answer.headers['content-type']).startsWith('text/event-stream')) return await readStream(answer.body)
    const text = await answer.body.text()
    const part = readPart(text)
    if (answer.statusCode !== 200) return failure(part?.error?.code ?? `status_${answer.statusCode}`)
    return part === null ? failure('not_json') : { code: 'ok', textTimes: [], ...diagnosed(part) }
  }

  async function readStream(body: AsyncIterable<Uint8Array>): Promise<Answered> {
    const textTimes: number[] = []
    let found = { degraded: false, members: [] as readonly MemberPart[] }
    for await (const data of readEvents(body)) {
      if (data === '[DONE]') return { code: 'ok', textTimes, ...found }
      const part = readPart(data)
      if (part === null) return failure('not_json')
      if (part.error !== undefined) return failure(part.error.code ?? 'unnamed_error')
      if (part.choices?.some(({ text, delta }) => (text ?? delta?.content ?? '') !== '')) textTimes.push(now())
      if (part.ensemble !== undefined) found = diagnosed(part)
    }
    return failure('stream_broken')
  }

  return { send, close: () => dispatcher.destroy() }
}

const failure = (code: string): Answered => ({ code, textTimes: [], degraded: false, members: [] })

function readPart(text: string): Part | null {
  try {
    return JSON.parse(text) as Part
  } catch {
    return null
  }
}

function diagnosed({ ensemble }: Part): Pick<Answered, 'degraded' | 'members'> {
  const members = ensemble?.members ?? []
  return {
    degraded: ensemble?.degraded ?? false,
    members: members.map(({ id, status, latency_ms: { total } }) => ({ id, status, totalMs: total })),
  }
}
