import { TuttiError } from '../../errors.ts'
import type { ByteStep, BytesRequest, QueryOptions } from '../member.ts'
import type { HttpClient } from '../shared/http-client.ts'
import type { BytesBody } from '../shared/worker-wire.ts'
import type { Known } from './acquaintance.ts'
import { decodeByteStep } from './decode-byte-step.ts'
import { parseEvent } from './parse-event.ts'
import { byteEventSchema, check } from './wire-schemas.ts'
import { toWireWalk } from './wire-walk.ts'

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** The worker's errors that are not its failures but what the text came to, and mean the same here. */
function failure({ error, code }: { error: string; code: string }, member: string): TuttiError {
  return new TuttiError(code === 'dead_lattice' ? code : 'member_unavailable', `${member}: ${error}`, { member })
}

/**
 * @throws TuttiError `context_length_exceeded` behind the last step that the model had room for, `member_protocol` for a
 *   stream that breaks off.
 */
export async function* byteSteps(
  http: HttpClient,
  member: string,
  { path, allIds }: Known,
  { prompt, forced, tau, unlisted, walk, maxSymbols }: BytesRequest,
  { topK, signal }: QueryOptions,
): AsyncGenerator<ByteStep, void> {
  const body: BytesBody = {
    prompt: decoder.decode(prompt),
    forced: Buffer.from(forced).toString('base64'),
    tau,
    unlisted,
    top_k: Math.min(topK, allIds.length),
    walk: toWireWalk(walk),
    max_symbols: Math.min(maxSymbols, Number.MAX_SAFE_INTEGER),
  }
  let finish: string | null = null
  // Read to the end of the body, which follows at once: a connection left earlier can't be used again.
  for await (const data of http.events(`${path}/bytes`, body, signal)) {
    const event = check(byteEventSchema, parseEvent(data, member), member, 'an event')
    if ('finish_reason' in event) finish = event.finish_reason
    if ('error' in event) throw failure(event, member)
    if ('probabilities' in event) yield decodeByteStep(event, member)
  }
  if (finish === null) {
    throw new TuttiError('member_protocol', `${member}: the stream ended without a finish`, { member })
  }
  if (finish === 'context_length') {
    throw new TuttiError('context_length_exceeded', `${member}: the text has filled the model's context`, { member })
  }
}
