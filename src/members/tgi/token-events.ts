import type { z } from 'zod'
import { finishedEvents } from '../shared/finished-events.ts'
import type { HttpClient } from '../shared/http-client.ts'
import { eventSchema } from './wire-schemas.ts'

export type TokenEvent = z.infer<typeof eventSchema>

/**
 * The status that an error of a stream would have: here even calls that are wrong from the start are answered with 200. A failed
 * generation (424) or an incomplete one (500) is the server's fault.
 */
function statusOf(errorType: string | null): number {
  switch (errorType) {
    case 'validation':
    case 'template_error':
      return 422
    case 'overloaded':
      return 429
    default:
      return 503
  }
}

/** The events of a stream, one a token, to its end. */
export function tokenEvents(
  http: HttpClient,
  member: string,
  body: object,
  signal: AbortSignal,
): AsyncGenerator<TokenEvent, void> {
  const isFinish = ({ details }: TokenEvent) => details != null
  return finishedEvents(
    http,
    member,
    { path: '/generate_stream', body, schema: eventSchema, isFinish, statusOf },
    signal,
  )
}
