import { fromAbort } from '../shared/failures.ts'
import type { HttpClient } from '../shared/http-client.ts'
import { unlessAborted } from '../shared/unless-aborted.ts'
import { check, modelSchema, serverSchema } from './wire-schemas.ts'

/** What the adapter must know of the server before its first call. */
export interface Known {
  readonly model: string
  /** Of the model's routes. */
  readonly path: string
  readonly contextLength: number
  readonly fingerprint: string
  readonly allIds: Int32Array
  readonly chatTemplate: boolean
}

/** What is known of a server, asked once for all callers. */
export interface Acquaintance {
  /** Asks when nothing is known yet. */
  known(signal: AbortSignal): Promise<Known>
  /** Asks anew; what was known before stands until there is an answer. */
  renewed(signal: AbortSignal): Promise<Known>
}

async function meet(http: HttpClient, member: string, signal: AbortSignal): Promise<Known> {
  const server = check(serverSchema, await http.get('/v2', signal), member, '/v2')
  const model = server.models[0] as string
  const path = `/v2/models/${encodeURIComponent(model)}`
  const { parameters } = check(modelSchema, await http.get(path, signal), member, path)
  return {
    model,
    path,
    contextLength: parameters.context_length,
    fingerprint: parameters.vocabulary_fingerprint,
    allIds: Int32Array.from({ length: parameters.vocabulary_size }, (_, token) => token),
    chatTemplate: parameters.chat_template,
  }
}

/**
 * The question runs on a time-out of its own, not on the signal of whoever asked first: a caller that goes away must not
 * fail the others.
 *
 * @param ms milliseconds that the question may take.
 */
export function defineAcquaintance(http: HttpClient, member: string, ms: number): Acquaintance {
  let current: Known | null = null
  let meeting: Promise<Known> | null = null

  function renewed(signal: AbortSignal): Promise<Known> {
    meeting ??= meet(http, member, AbortSignal.timeout(ms))
      .then((found) => {
        current = found
        return found
      })
      .finally(() => {
        meeting = null
      })
    return unlessAborted(meeting, signal, () => fromAbort(member, signal))
  }

  return { renewed, known: async (signal) => current ?? renewed(signal) }
}
