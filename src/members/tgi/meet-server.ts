import { checkShape } from '../shared/check-shape.ts'
import type { HttpClient } from '../shared/http-client.ts'
import { largestTopK } from '../shared/largest-top-k.ts'
import { noSuchModel } from '../shared/no-such-model.ts'
import type { ServerOptions } from '../shared/server-options.ts'
import { generateBody } from './generate-body.ts'
import { infoSchema } from './wire-schemas.ts'

/** What the adapter must know of the server before its first call. */
export interface Known {
  readonly model: string
  /** Most tokens of a context that leaves room for one more. */
  readonly contextLength: number
  /** Most tokens of a context and its continuation. */
  readonly totalLength: number
  readonly maxTopK: number
  /** Changes with the model that is served. */
  readonly signature: string
}

/** `--max-top-n-tokens`: "`top_n_tokens` must be >= 0 and <= 5. Given: 999". */
const refusedLength = /<= (\d+)\. Given/
/** Longer than any limit that somebody sets. */
const longList = 1_000

export async function meetServer(
  http: HttpClient,
  { id: member, model, tokenizer }: Pick<ServerOptions, 'id' | 'model' | 'tokenizer'>,
  before: Known | null,
  signal: AbortSignal,
): Promise<Known> {
  await http.reach('/health', signal)
  const info = checkShape(infoSchema, await http.get('/info', signal), member, '/info')
  // `/generate` takes no name, so the name is compared here.
  if (model !== null && info.model_id !== model) throw noSuchModel(member, model, [info.model_id])
  const signature = JSON.stringify(info)
  if (before?.signature === signature) return before
  const totalLength = info.max_total_tokens
  const longest = info.max_input_tokens ?? info.max_input_length ?? totalLength
  const ask = (topK: number) => http.post('/generate', generateBody('a', 1, topK), signal)
  return {
    model: info.model_id,
    contextLength: Math.min(longest, totalLength - 1),
    totalLength,
    maxTopK: await largestTopK(ask, Math.min(tokenizer?.vocabulary.size ?? longList, longList), refusedLength),
    signature,
  }
}
