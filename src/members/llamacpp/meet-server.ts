import { TuttiError } from '../../errors.ts'
import type { KnownVocabulary, LoadedTokenizer } from '../../tokenizer/load-tokenizer.ts'
import { checkShape } from '../shared/check-shape.ts'
import type { HttpClient } from '../shared/http-client.ts'
import { noSuchModel } from '../shared/no-such-model.ts'
import { learnVocabulary } from './learn-vocabulary.ts'
import { modelsSchema, piecesSchema, propsSchema, tokensSchema } from './wire-schemas.ts'

/** What the adapter must know of the server before its first call. */
export interface Known extends KnownVocabulary {
  readonly model: string
  /** Most tokens of a context that leaves room for one more. */
  readonly contextLength: number
  /** A token of whole text, for calls whose sampled token must not matter. */
  readonly anchor: number
  /** Changes with the model that is served. */
  readonly signature: string
}

interface Meeting {
  readonly member: string
  /** The model that must be there; null: whichever is. */
  readonly model: string | null
  readonly tokenizer: LoadedTokenizer | null
}

export async function meetServer(
  http: HttpClient,
  { member, model, tokenizer }: Meeting,
  before: Known | null,
  signal: AbortSignal,
): Promise<Known> {
  await http.get('/health', signal)
  const { data } = checkShape(modelsSchema, await http.get('/v1/models', signal), member, '/v1/models')
  // The server answers to any name, so the name is compared here.
  const found = data.find(({ id, aliases }) => model === null || id === model || aliases?.includes(model))
  if (found === undefined) {
    throw noSuchModel(
      member,
      model,
      data.map(({ id }) => id),
    )
  }
  const props = checkShape(propsSchema, await http.get('/props', signal), member, '/props')
  const signature = JSON.stringify([found.id, found.meta, props])
  if (before?.signature === signature) return before
  const size = found.meta.n_vocab
  const anchor = await anchorOf(http, member, signal)
  const eos = await endOf(http, member, props.eos_token, signal)
  const vocabulary =
    tokenizer === null ? await learnVocabulary(http, member, { size, anchor, eos }, signal) : tokenizer.sized(size)
  return {
    model: found.id,
    contextLength: props.default_generation_settings.n_ctx - 1,
    anchor,
    signature,
    ...vocabulary,
  }
}

async function anchorOf(http: HttpClient, member: string, signal: AbortSignal): Promise<number> {
  const body = { content: 'a', add_special: false, with_pieces: true }
  const { tokens } = checkShape(piecesSchema, await http.post('/tokenize', body, signal), member, '/tokenize')
  const anchor = tokens.find(({ piece }) => typeof piece === 'string' && /^[\x20-\x7e]+$/.test(piece))
  if (anchor !== undefined) return anchor.id
  throw new TuttiError('member_protocol', `${member}: no token of the letter "a" is text`, { member })
}

async function endOf(http: HttpClient, member: string, name: string | null | undefined, signal: AbortSignal) {
  if (!name) return null
  const body = { content: name, add_special: false, parse_special: true }
  const { tokens } = checkShape(tokensSchema, await http.post('/tokenize', body, signal), member, '/tokenize')
  // More than one: the name is no token, but text.
  return tokens.length === 1 ? (tokens[0] ?? null) : null
}
