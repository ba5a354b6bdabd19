import type { z } from 'zod'
import type { Context, ContinueOptions, MemberStep } from '../member.ts'
import { brokenProtocol } from '../shared/failures.ts'
import { finishedEvents } from '../shared/finished-events.ts'
import type { HttpClient } from '../shared/http-client.ts'
import { type CallOptions, tellCounts } from '../shared/server-usage.ts'
import type { ContinueBody, WireContext } from '../shared/worker-wire.ts'
import { decodeList, type ListShape } from './decode-list.ts'
import type { Known } from './meet-worker.ts'
import { eventSchema, type stepSchema } from './wire-schemas.ts'
import { toWireWalk } from './wire-walk.ts'

/** A step as the worker tells it. */
export interface ToldStep extends MemberStep {
  /** Of the token, which the list may be too short to hold. */
  readonly logProb: number
}

/** Most tokens the worker takes for `max_tokens`. */
const mostTokens = 1 << 20

export function toWireContext(context: Context): WireContext {
  return 'text' in context ? { text: context.text } : { tokens: Array.from(context.tokens) }
}

export function toStep(wire: z.infer<typeof stepSchema>, shape: ListShape, member: string): ToldStep {
  if (wire.id >= shape.allIds.length) throw brokenProtocol(member, `token ${wire.id} is outside the vocabulary`)
  return { distribution: decodeList(wire.top, shape, member), token: wire.id, logProb: wire.log_prob }
}

export function tellWorker(
  call: CallOptions,
  usage: { readonly prompt_tokens: number; readonly cached_tokens?: number | null | undefined },
): void {
  tellCounts(call, [{ prompt: usage.prompt_tokens, cached: usage.cached_tokens }])
}

/** The steps of the model's own walk. */
export async function* toldSteps(
  http: HttpClient,
  member: string,
  { path, allIds }: Known,
  context: Context,
  { maxTokens, topK, walk, ...call }: ContinueOptions,
): AsyncGenerator<ToldStep, void> {
  const shape = { topK: Math.min(topK, allIds.length), allIds }
  const body: ContinueBody = {
    context: toWireContext(context),
    max_tokens: Math.min(maxTokens, mostTokens),
    top_k: shape.topK,
    encoding_format: 'base64',
    ...(walk === undefined ? {} : { walk: toWireWalk(walk) }),
  }
  const stream = {
    path: `${path}/continue`,
    body,
    schema: eventSchema,
    isFinish: (event: z.infer<typeof eventSchema>) => 'finish_reason' in event,
  }
  // Read to the end of the body, which follows at once: a connection left earlier can't be used again.
  for await (const event of finishedEvents(http, member, stream, call.signal)) {
    if ('prompt_tokens' in event) tellWorker(call, event)
    if ('top' in event) yield toStep(event, shape, member)
  }
}
