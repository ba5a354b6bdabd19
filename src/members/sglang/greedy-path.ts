import type { z } from 'zod'
import type { ContinueOptions, MemberStep } from '../member.ts'
import { finishedEvents } from '../shared/finished-events.ts'
import type { HttpClient } from '../shared/http-client.ts'
import type { CallOptions } from '../shared/server-usage.ts'
import { generateBody } from './generate-body.ts'
import type { Known } from './meet-server.ts'
import { readSteps, tellMeta } from './read-steps.ts'
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
  { maxTokens, topK, ...call }: ContinueOptions,
): AsyncGenerator<MemberStep, void> {
  const tokens = [...context]
  const last = tokens.length + Math.min(maxTokens, contextLength + 1 - tokens.length)
  while (tokens.length < last) {
    const most = Math.min(Math.max(1, Math.floor(mostEntries / topK)), last - tokens.length)
    const until = tokens.length + most
    const shape = { vocabularySize: vocabulary.size, topK }
    for await (const step of streamedSteps(http, member, generateBody(tokens, most, topK), shape, call)) {
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
  call: CallOptions,
): AsyncGenerator<MemberStep, void> {
  let told = 0
  const stream = {
    path: '/generate',
    body: { ...body, stream: true },
    schema: answerSchema,
    isFinish: ({ meta_info }: z.infer<typeof answerSchema>) => meta_info.finish_reason != null,
    // Only what is wrong with the call itself comes as an error; other failures come as a finish.
    statusOf: () => 400,
  }
  for await (const { meta_info: meta } of finishedEvents(http, member, stream, call.signal)) {
    if (meta.finish_reason) tellMeta(call, [meta])
    const steps = readSteps(meta, told, shape, member)
    told += steps.length
    yield* steps
  }
}
