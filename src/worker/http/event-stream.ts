import { once } from 'node:events'
import type { FastifyReply } from 'fastify'
import { toTuttiError } from '../../errors.ts'
import { toWireError } from './errors.ts'

const headers = { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' }

/** Writes server-sent events no faster than the client takes them. A failure before the first is an HTTP error. */
export async function sendEvents(
  reply: FastifyReply,
  chunks: AsyncIterable<string>,
  signal: AbortSignal,
): Promise<void> {
  const { raw } = reply
  try {
    for await (const chunk of chunks) {
      if (!raw.headersSent) {
        // From here on the answer is ours.
        reply.hijack()
        raw.writeHead(200, headers)
      }
      if (!raw.write(chunk)) await once(raw, 'drain', { signal })
    }
  } catch (error) {
    if (!raw.headersSent) throw error
    // The missing finish event and this one say that the stream failed.
    if (!signal.aborted) raw.write(`data: ${JSON.stringify(toWireError(toTuttiError(error)))}\n\n`)
  }
  raw.end()
}
