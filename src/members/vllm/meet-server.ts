import type { KnownVocabulary, LoadedTokenizer } from '../../tokenizer/load-tokenizer.ts'
import { checkShape } from '../shared/check-shape.ts'
import type { HttpClient } from '../shared/http-client.ts'
import { largestTopK } from '../shared/largest-top-k.ts'
import { servedModel } from '../shared/served-model.ts'
import { completionBody } from './completion-body.ts'
import { modelEntry, tokensSchema } from './wire-schemas.ts'

/** `--max-logprobs`, −1 for no limit: "… greater than max allowed: 20 (parameter=logprobs, value=2048)". */
export const refusedLength = /max\w*\D*?(\d+)/i

/** What the adapter must know of the server before its first call. */
export interface Known extends KnownVocabulary {
  readonly model: string
  /** Most tokens of a context that leaves room for one more. */
  readonly contextLength: number
  readonly maxTopK: number
  /** The special tokens that the server puts before a text. */
  readonly front: readonly number[]
}

interface Meeting {
  readonly id: string
  /** The model that must be there; null: the first. */
  readonly model: string | null
  readonly tokenizer: LoadedTokenizer
}

export async function meetServer(
  http: HttpClient,
  { id: member, model, tokenizer }: Meeting,
  before: Known | null,
  signal: AbortSignal,
): Promise<Known> {
  const found = await servedModel(http, member, { model, entry: modelEntry }, signal)
  const contextLength = found.max_model_len - 1
  if (before?.model === found.id && before.contextLength === contextLength) return before
  const { vocabulary, fingerprint } = tokenizer
  const ask = (topK: number) =>
    http.post('/v1/completions', completionBody({ model: found.id, prompt: [0], maxTokens: 1, topK }), signal)
  const maxTopK = await largestTopK(ask, vocabulary.size, refusedLength)
  const plain = { model: found.id, prompt: 'a', add_special_tokens: true }
  const { tokens } = checkShape(tokensSchema, await http.post('/tokenize', plain, signal), member, '/tokenize')
  const text = tokens.findIndex((token) => vocabulary.bytes[token]?.length !== 0)
  return { model: found.id, contextLength, vocabulary, fingerprint, maxTopK, front: tokens.slice(0, Math.max(0, text)) }
}
