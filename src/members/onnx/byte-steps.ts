import { endSymbol } from '../../core/lattice/symbols.ts'
import { TuttiError } from '../../errors.ts'
import type { ByteStep, BytesRequest, QueryOptions } from '../member.ts'
import { checkShape, parseJson } from '../shared/check-shape.ts'
import type { HttpClient } from '../shared/http-client.ts'
import type { BytesBody } from '../shared/worker-wire.ts'
import { decodeByteStep } from './decode-byte-step.ts'
import type { Known } from './meet-worker.ts'
import { byteEventSchema } from './wire-schemas.ts'
import { toWireWalk } from './wire-walk.ts'

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * Most symbols of one stream. A worker can't know what of its stream has been read, for the sockets in between hold more
 * than a thousand symbols; so it is given no more to do than this. It keeps its place, and the next stream goes on there.
 */
const window = 32

/** The worker's errors that are not its failures but what the text came to, and mean the same here. */
function failure({ error, code }: { error: string; code: string }, member: string): TuttiError {
  return new TuttiError(code === 'dead_lattice' ? code : 'member_unavailable', `${member}: ${error}`, { member })
}

/** Steps of one stream. */
async function* streamed(
  http: HttpClient,
  member: string,
  { path, body }: { readonly path: string; readonly body: BytesBody },
  signal: AbortSignal,
): AsyncGenerator<ByteStep, void> {
  let finish: string | null = null
  // Read to the end of the body, which follows at once: a connection left earlier can't be used again.
  for await (const data of http.events(`${path}/bytes`, body, signal)) {
    const event = checkShape(byteEventSchema, parseJson(data, member, 'an event'), member, 'an event')
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

/**
 * The model's byte lattice along its own path, never further ahead of the reader than a window.
 *
 * @throws TuttiError `context_length_exceeded` behind the last step that the model had room for, `member_protocol` for a
 *   stream that breaks off.
 */
export async function* byteSteps(
  http: HttpClient,
  member: string,
  { path, allIds }: Known,
  { prompt, after, forced, tau, unlisted, walk, maxSymbols }: BytesRequest,
  { topK, signal }: QueryOptions,
): AsyncGenerator<ByteStep, void> {
  const text = Array.from(forced)
  let done = 0
  let symbol = -1
  while (done < maxSymbols && symbol !== endSymbol) {
    const body: BytesBody = {
      prompt: decoder.decode(prompt),
      ...(after && { after: Array.from(after) }),
      forced: Buffer.from(text).toString('base64'),
      tau,
      unlisted,
      top_k: Math.min(topK, allIds.length),
      walk: toWireWalk({ ...walk, step: walk.step + done }),
      max_symbols: Math.min(maxSymbols - done, window),
    }
    const before = done
    for await (const step of streamed(http, member, { path, body }, signal)) {
      yield step
      symbol = step.symbol
      if (symbol !== endSymbol) text.push(symbol)
      done++
    }
    if (done === before) throw new TuttiError('member_protocol', `${member}: a stream without a step`, { member })
  }
}
