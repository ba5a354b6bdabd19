import type { ContinueOptions, MemberStep } from '../member.ts'
import { brokenProtocol } from '../shared/failures.ts'
import type { HttpClient } from '../shared/http-client.ts'
import { readEvent } from '../shared/read-event.ts'
import { generateBody } from './generate-body.ts'
import type { Known } from './meet-server.ts'
import { readSteps } from './read-steps.ts'
import { answerSchema } from './wire-schemas.ts'

/**
 * Most entries of lists in one event. Every event of a stream repeats the lists of those before it, so that its bytes grow with
 * the square of its length: the path goes in streams of this size, whose contexts the server has in its cache.
 */
const mostEntries = 1_280

/** The model's greedy continuation. */
export async function* greedyPath(
  http: HttpClient,
  member: string,
  { vocabulary, contextLength }: Known,
  context: readonly number[],
  { maxTokens, topK, signal }: ContinueOptions,
): AsyncGenerator<MemberStep, void> {
  const tokens = [...context]
  const last = tokens.length + Math.min(maxTokens, contextLength + 1 - tokens.length)
  while (tokens.length < last) {
    const most = Math.min(Math.max(1, Math.floor(mostEntries / topK)), last - tokens.length)
    const until = tokens.length + most
    const shape = { vocabularySize: vocabulary.size, topK }
    for await (const step of streamedSteps(http, member, generateBody(tokens, most, topK), shape, signal)) {
      yield step
      if (vocabulary.end.has(step.token)) return
      tokens.push(step.token)
    }
    // The server has stopped for its own reasons: no room is left, most likely.
    if (tokens.length < until) return
  }
}

async function* streamedSteps(
  http: HttpClient,
  member: string,
  body: object,
  shape: Parameters<typeof readSteps>[2],
  signal: AbortSignal,
): AsyncGenerator<MemberStep, void> {
  let told = 0
  let finished = false
  for await (const data of http.events('/generate', { ...body, stream: true }, signal)) {
    if (data === '[DONE]') continue
    // Only what is wrong with the call itself comes as an error; other failures come as a finish.
    const { meta_info: meta } = readEvent(answerSchema, data, member, () => 400)
    const steps = readSteps(meta, told, shape, member)
    told += steps.length
    if (meta.finish_reason) finished = true
    yield* steps
  }
  if (!finished) throw brokenProtocol(member, 'the stream ended without a finish')
}
