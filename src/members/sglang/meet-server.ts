import type { KnownVocabulary, LoadedTokenizer } from '../../tokenizer/load-tokenizer.ts'
import { checkShape } from '../shared/check-shape.ts'
import { brokenProtocol } from '../shared/failures.ts'
import type { HttpClient } from '../shared/http-client.ts'
import { noSuchModel } from '../shared/no-such-model.ts'
import { modelsSchema, serverInfoSchema } from './wire-schemas.ts'

/** What the adapter must know of the server before its first call. */
export interface Known extends KnownVocabulary {
  readonly model: string
  /** Most tokens of a context that leaves room for one more. */
  readonly contextLength: number
  /** Changes with the model that is served. */
  readonly signature: string
}

interface Meeting {
  readonly member: string
  /** The model that must be there, by its served name or its path; null: the first. */
  readonly model: string | null
  readonly tokenizer: LoadedTokenizer
}

export async function meetServer(
  http: HttpClient,
  { member, model, tokenizer }: Meeting,
  before: Known | null,
  signal: AbortSignal,
): Promise<Known> {
  await http.reach('/health', signal)
  const { data } = checkShape(modelsSchema, await http.get('/v1/models', signal), member, '/v1/models')
  // `/generate` takes no name, so the name is compared here.
  const found = data.find(({ id, root }) => model === null || id === model || root === model)
  if (found === undefined) {
    throw noSuchModel(
      member,
      model,
      data.map(({ id }) => id),
    )
  }
  const signature = JSON.stringify(found)
  if (before?.signature === signature) return before
  const info = checkShape(serverInfoSchema, await http.get('/get_server_info', signal), member, '/get_server_info')
  const limits = [found.max_model_len, info.context_length, info.max_req_input_len].filter((limit) => limit != null)
  if (limits.length === 0) throw brokenProtocol(member, 'the server tells no context length')
  const { vocabulary, fingerprint } = tokenizer
  // A context as long as a limit is refused.
  return { model: found.id, contextLength: Math.min(...limits) - 1, signature, vocabulary, fingerprint }
}
