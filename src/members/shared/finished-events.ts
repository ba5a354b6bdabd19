import type { z } from 'zod'
import { brokenProtocol } from './failures.ts'
import type { HttpClient } from './http-client.ts'
import { readEvent } from './read-event.ts'

interface Stream<Event> {
  readonly path: string
  readonly body: object
  readonly schema: z.ZodType<Event>
  /** Whether an event says that the stream has come to its end: one that breaks off without has failed. */
  readonly isFinish: (event: Event) => boolean
  /** As of `readEvent`. */
  readonly statusOf?: (code: string | null) => number
}

/** @throws TuttiError behind the last event, `member_protocol` for a stream that breaks off. */
export async function* finishedEvents<Event>(
  http: HttpClient,
  member: string,
  { path, body, schema, isFinish, statusOf }: Stream<Event>,
  signal: AbortSignal,
): AsyncGenerator<Event, void> {
  let finished = false
  for await (const data of http.events(path, body, signal)) {
    if (data === '[DONE]') continue
    const event = readEvent(schema, data, member, statusOf)
    if (isFinish(event)) finished = true
    yield event
  }
  if (!finished) throw brokenProtocol(member, 'the stream ended without a finish')
}
