import { checkShape } from '../shared/check-shape.ts'
import type { HttpClient } from '../shared/http-client.ts'
import { modelSchema, serverSchema } from './wire-schemas.ts'

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

/** A replica may have come back with another model, so all of it is asked again. */
export async function meetWorker(http: HttpClient, member: string, signal: AbortSignal): Promise<Known> {
  const server = checkShape(serverSchema, await http.get('/v2', signal), member, '/v2')
  const model = server.models[0] as string
  const path = `/v2/models/${encodeURIComponent(model)}`
  const { parameters } = checkShape(modelSchema, await http.get(path, signal), member, path)
  return {
    model,
    path,
    contextLength: parameters.context_length,
    fingerprint: parameters.vocabulary_fingerprint,
    allIds: Int32Array.from({ length: parameters.vocabulary_size }, (_, token) => token),
    chatTemplate: parameters.chat_template,
  }
}
