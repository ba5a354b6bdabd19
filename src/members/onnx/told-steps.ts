import type { z } from 'zod'
import type { Context, ContinueOptions, MemberStep } from '../member.ts'
import { brokenProtocol } from '../shared/failures.ts'
import type { HttpClient } from '../shared/http-client.ts'
import { readEvent } from '../shared/read-event.ts'
import type { ContinueBody, WireContext } from '../shared/worker-wire.ts'
import type { Known } from './acquaintance.ts'
import { decodeList, type ListShape } from './decode-list.ts'
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

/** The steps of the model's own walk. */
export async function* toldSteps(
  http: HttpClient,
  member: string,
  { path, allIds }: Known,
  context: Context,
  { maxTokens, topK, signal, walk }: ContinueOptions,
): AsyncGenerator<ToldStep, void> {
  const shape = { topK: Math.min(topK, allIds.length), allIds }
  const body: ContinueBody = {
    context: toWireContext(context),
    max_tokens: Math.min(maxTokens, mostTokens),
    top_k: shape.topK,
    encoding_format: 'base64',
    ...(walk === undefined ? {} : { walk: toWireWalk(walk) }),
  }
  let finished = false
  // Read to the end of the body, which follows at once: a connection left earlier can't be used again.
  for await (const data of http.events(`${path}/continue`, body, signal)) {
    const event = readEvent(eventSchema, data, member)
    if ('finish_reason' in event) finished = true
    if ('top' in event) yield toStep(event, shape, member)
  }
  if (!finished) throw brokenProtocol(member, 'the stream ended without a finish')
}
