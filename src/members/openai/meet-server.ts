import { checkShape } from '../shared/check-shape.ts'
import type { HttpClient } from '../shared/http-client.ts'
import { noSuchModel } from '../shared/no-such-model.ts'
import { modelsSchema } from './wire-schemas.ts'

/** What the adapter must know of the server before its first call. */
export interface Known {
  readonly model: string
  /** Most tokens of a context that leaves room for one more. */
  readonly contextLength: number
}

/** What stands for a length that nobody tells: the server will refuse what is too long. */
const untold = Number.MAX_SAFE_INTEGER

/** @param given the context length of the configuration, if there is one. */
export async function meetServer(
  http: HttpClient,
  { member, model, given }: { readonly member: string; readonly model: string; readonly given: number | null },
  signal: AbortSignal,
): Promise<Known> {
  const { data } = checkShape(modelsSchema, await http.get('/v1/models', signal), member, '/v1/models')
  const found = data.find(({ id }) => id === model)
  if (found === undefined) {
    throw noSuchModel(
      member,
      model,
      data.map(({ id }) => id),
    )
  }
  const told = given ?? found.max_model_len ?? found.context_length ?? found.context_window
  return { model, contextLength: (told ?? untold) - 1 }
}
