import type { z } from 'zod'
import type { KnownVocabulary, LoadedTokenizer } from '../../tokenizer/load-tokenizer.ts'
import { checkShape } from '../shared/check-shape.ts'
import { brokenProtocol } from '../shared/failures.ts'
import type { HttpClient } from '../shared/http-client.ts'
import { servedModel } from '../shared/served-model.ts'
import { learnVocabulary } from './learn-vocabulary.ts'
import { modelEntry, piecesSchema, propsSchema, tokensSchema } from './wire-schemas.ts'

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
  readonly id: string
  /** The model that must be there; null: whichever is. */
  readonly model: string | null
  readonly tokenizer: LoadedTokenizer | null
}

export async function meetServer(
  http: HttpClient,
  { id: member, model, tokenizer }: Meeting,
  before: Known | null,
  signal: AbortSignal,
): Promise<Known> {
  await http.get('/health', signal)
  const byName = ({ id, aliases }: z.infer<typeof modelEntry>, name: string) => id === name || aliases?.includes(name)
  const found = await servedModel(http, member, { model, entry: modelEntry }, signal, byName)
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
  throw brokenProtocol(member, 'no token of the letter "a" is text')
}

async function endOf(http: HttpClient, member: string, name: string | null | undefined, signal: AbortSignal) {
  if (!name) return null
  const body = { content: name, add_special: false, parse_special: true }
  const { tokens } = checkShape(tokensSchema, await http.post('/tokenize', body, signal), member, '/tokenize')
  // More than one: the name is no token, but text.
  return tokens.length === 1 ? (tokens[0] ?? null) : null
}
