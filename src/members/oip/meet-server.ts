import { TuttiError } from '../../errors.ts'
import type { KnownVocabulary, LoadedTokenizer } from '../../tokenizer/load-tokenizer.ts'
import { checkShape } from '../shared/check-shape.ts'
import type { HttpClient } from '../shared/http-client.ts'
import { inferBody, type ModelShape } from './infer-body.ts'
import type { Lists } from './read-logits.ts'
import { readTensor } from './read-tensor.ts'
import { metadataSchema } from './wire-schemas.ts'

/** What the adapter must know of the server before its first call. */
export interface Known extends KnownVocabulary, ModelShape, Lists {
  readonly contextLength: number
  /** Whether several contexts may go in one call. */
  readonly batches: boolean
  /** Changes with the model that is served. */
  readonly signature: string
}

interface Meeting extends Pick<ModelShape, 'output' | 'binary'> {
  readonly id: string
  readonly model: string
  /** Null: what the server tells. */
  readonly contextLength: number | null
  readonly tokenizer: LoadedTokenizer
}

export function pathOf(model: string): string {
  return `/v2/models/${encodeURIComponent(model)}`
}

export async function meetServer(
  http: HttpClient,
  { id: member, model, output, binary, contextLength: given, tokenizer }: Meeting,
  before: Known | null,
  signal: AbortSignal,
): Promise<Known> {
  // Not `ready` of the server, which waits for all of its models.
  await http.reach('/v2/health/live', signal)
  const metadata = await http.get(pathOf(model), signal).catch((error) => refuseUnknown(error, model, member))
  await http.reach(`${pathOf(model)}/ready`, signal)
  const signature = JSON.stringify(metadata)
  if (before?.signature === signature) return before
  const { inputs, parameters } = checkShape(metadataSchema, metadata, member, pathOf(model))
  const contextLength = given ?? parameters?.context_length
  if (contextLength === undefined) {
    const why = 'the server does not tell how long a context may be; give `context_length`'
    throw new TuttiError('invalid_config', `${member}: ${why}`, { member })
  }
  // How many tokens the model scores is asked, not read: metadata may leave the outputs out.
  const { body, headers } = inferBody([[tokenizer.encode('')[0] ?? 0]], { inputs, output, binary }, member)
  const { shape } = readTensor(await http.raw(`${pathOf(model)}/infer`, body, headers, signal), output, member)
  const width = shape.at(-1) ?? 0
  const sized = tokenizer.sized(width)
  const vocabularySize = sized.vocabulary.size
  return {
    ...sized,
    inputs,
    output,
    binary,
    width,
    vocabularySize,
    allIds: Int32Array.from({ length: vocabularySize }, (_, id) => id),
    contextLength,
    batches: inputs.find(({ name }) => name === 'input_ids')?.shape[0] !== 1,
    signature,
  }
}

/** Servers answer 400 or 404 for a model that they don't have, some without a word. */
function refuseUnknown(error: unknown, model: string, member: string): never {
  if (!(error instanceof TuttiError) || error.code !== 'member_rejected') throw error
  throw new TuttiError('member_rejected', `${member}: the server does not give model ${model}: ${error.message}`, {
    member,
    cause: error,
  })
}
