import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import { buffer } from 'node:stream/consumers'

/** How a body is made up: of events, of lines, or of one piece, JSON or not. */
export type Form = 'events' | 'lines' | 'json' | 'bytes'

export function formOf({ headers }: IncomingMessage): Form {
  const type = headers['content-type'] ?? ''
  if (type.startsWith('text/event-stream')) return 'events'
  if (type.startsWith('application/x-ndjson')) return 'lines'
  return type.startsWith('application/json') ? 'json' : 'bytes'
}

/** Headers without what they say of the body's length. */
export function withoutLength({ headers }: IncomingMessage): OutgoingHttpHeaders {
  const { 'content-length': _, 'transfer-encoding': __, ...others } = headers
  return others
}

export async function* units(answer: IncomingMessage): AsyncGenerator<string, void> {
  const border = formOf(answer) === 'events' ? /(?<=\n\n)/ : /(?<=\n)/
  let rest = ''
  // One byte a character, so that none is cut in two.
  for await (const chunk of answer) {
    const parts = (rest + (chunk as Buffer).toString('latin1')).split(border)
    rest = parts.pop() ?? ''
    yield* parts
    if (rest.endsWith('\n') && formOf(answer) === 'lines') {
      yield rest
      rest = ''
    }
  }
  if (rest !== '') yield rest
}

/** The whole body with something done to each piece of JSON in it; what is no JSON is given as one piece. */
export async function rewritten(
  answer: IncomingMessage,
  change: (piece: string) => string,
): Promise<{ readonly body: Buffer; readonly changed: boolean }> {
  const whole = await buffer(answer)
  const form = formOf(answer)
  const text = whole.toString('latin1')
  const of = (lines: string) =>
    lines.replace(/^(data: ?)?(\{.*)$/gm, (_, data = '', json: string) => data + change(json))
  const body = Buffer.from(form === 'events' || form === 'lines' ? of(text) : change(text), 'latin1')
  return { body, changed: !body.equals(whole) }
}
