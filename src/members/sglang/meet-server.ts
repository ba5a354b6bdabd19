import type { z } from 'zod'
import { TuttiError } from '../../errors.ts'
import type { KnownVocabulary, LoadedTokenizer } from '../../tokenizer/load-tokenizer.ts'
import { checkShape } from '../shared/check-shape.ts'
import { brokenProtocol } from '../shared/failures.ts'
import type { HttpClient } from '../shared/http-client.ts'
import { servedModel } from '../shared/served-model.ts'
import { modelEntry, serverInfoSchema, tokensSchema } from './wire-schemas.ts'

/** What the adapter must know of the server before its first call. */
export interface Known extends KnownVocabulary {
  readonly model: string
  /** Most tokens of a context that leaves room for one more. */
  readonly contextLength: number
  /** Changes with the model that is served. */
  readonly signature: string
}

interface Meeting {
  readonly id: string
  /** The model that must be there, by its served name or its path; null: the first. */
  readonly model: string | null
  readonly tokenizer: LoadedTokenizer
}

export async function meetServer(
  http: HttpClient,
  { id: member, model, tokenizer }: Meeting,
  before: Known | null,
  signal: AbortSignal,
): Promise<Known> {
  await http.reach('/health', signal)
  const byName = ({ id, root }: z.infer<typeof modelEntry>, name: string) => id === name || root === name
  const found = await servedModel(http, member, { model, entry: modelEntry }, signal, byName)
  const signature = JSON.stringify(found)
  if (before?.signature === signature) return before
  await refuseOtherFile(http, member, { model: found.id, tokenizer }, signal)
  const info = await unlessMissing(http.get('/server_info', signal), () => http.get('/get_server_info', signal))
  const { context_length, max_req_input_len } = checkShape(serverInfoSchema, info, member, '/server_info')
  const whole = [found.max_model_len, context_length].flatMap((length) => (length == null ? [] : [length - keptBack]))
  const limits = max_req_input_len == null ? whole : [...whole, max_req_input_len]
  if (limits.length === 0) throw brokenProtocol(member, 'the server tells no context length')
  const { vocabulary, fingerprint } = tokenizer
  // A context as long as a limit is refused.
  return { model: found.id, contextLength: Math.min(...limits) - 1, signature, vocabulary, fingerprint }
}

/** Tokens of the model's length that the scheduler gives to no context. */
const keptBack = 6

/** What every tokenizer makes tokens of in its own way, and none takes for something special. */
const plain = 'The people of the state, 1984'

/** An id that the model does not have ends the server, so a file of another model must be found out before any id is sent. */
async function refuseOtherFile(
  http: HttpClient,
  member: string,
  { model, tokenizer }: { readonly model: string; readonly tokenizer: LoadedTokenizer },
  signal: AbortSignal,
): Promise<void> {
  const body = { model, prompt: plain, add_special_tokens: false }
  // Servers of before 2026 have no such route.
  const answer = await unlessMissing<unknown>(http.post('/tokenize', body, signal), async () => null)
  if (answer === null) return
  const { tokens } = checkShape(tokensSchema, answer, member, '/tokenize')
  const own = tokenizer.encode(plain).filter((token) => tokenizer.vocabulary.bytes[token]?.length !== 0)
  if (tokens.join() === own.join()) return
  const why = 'the tokenizer file is not that of the model that is served: they make other tokens of one text'
  throw new TuttiError('invalid_model', `${member}: ${why}`, { member })
}

async function unlessMissing<T>(asked: Promise<T>, instead: () => Promise<T>): Promise<T> {
  return asked.catch((error) => {
    if (error instanceof TuttiError && error.code === 'member_rejected') return instead()
    throw error
  })
}
