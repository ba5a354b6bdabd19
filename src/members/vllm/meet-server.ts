import { TuttiError } from '../../errors.ts'
import type { KnownVocabulary, LoadedTokenizer } from '../../tokenizer/load-tokenizer.ts'
import { checkShape } from '../shared/check-shape.ts'
import type { HttpClient } from '../shared/http-client.ts'
import { completionBody } from './completion-body.ts'
import { modelsSchema } from './wire-schemas.ts'

/** What the adapter must know of the server before its first call. */
export interface Known extends KnownVocabulary {
  readonly model: string
  /** Most tokens of a context that leaves room for one more. */
  readonly contextLength: number
  readonly maxTopK: number
}

interface Meeting {
  readonly member: string
  /** The model that must be there; null: the first. */
  readonly model: string | null
  readonly tokenizer: LoadedTokenizer
}

export async function meetServer(
  http: HttpClient,
  { member, model, tokenizer }: Meeting,
  before: Known | null,
  signal: AbortSignal,
): Promise<Known> {
  const { data } = checkShape(modelsSchema, await http.get('/v1/models', signal), member, '/v1/models')
  const found = data.find(({ id }) => model === null || id === model)
  if (found === undefined) {
    const names = data.map(({ id }) => id).join(', ')
    throw new TuttiError('member_rejected', `${member}: the server has no model ${model}; it has ${names}`, { member })
  }
  const contextLength = found.max_model_len - 1
  if (before?.model === found.id && before.contextLength === contextLength) return before
  const { vocabulary, fingerprint } = tokenizer
  const maxTopK = await largestTopK(http, found.id, vocabulary.size, signal)
  return { model: found.id, contextLength, vocabulary, fingerprint, maxTopK }
}

/** The longest list: all of the vocabulary (`--max-logprobs -1`), or what the refusal of that names ("… greater than max allowed: 20 (…)"). */
async function largestTopK(http: HttpClient, model: string, size: number, signal: AbortSignal): Promise<number> {
  try {
    await http.post('/v1/completions', completionBody({ model, prompt: [0], maxTokens: 1, topK: size }), signal)
    return size
  } catch (error) {
    if (!(error instanceof TuttiError) || error.code !== 'member_rejected') throw error
    // The one place where a server's words are read: the limit is told nowhere else. Other numbers may follow it.
    const limit = /max\w*\D*?(\d+)/i.exec(error.message)?.[1]
    if (limit === undefined) throw error
    return Math.min(Number(limit), size)
  }
}
