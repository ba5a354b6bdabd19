import { once } from 'node:events'
import type { FastifyReply } from 'fastify'
import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { toTuttiError } from '../../errors.ts'
import type { EncodingFormat } from '../../members/shared/worker-wire.ts'
import type { Job } from '../compute/messages.ts'
import type { Answer } from '../engine.ts'
import { clientSignal } from './client-signal.ts'
import { contextSchema, readContext } from './context.ts'
import { toWireError } from './errors.ts'
import type { Service } from './service.ts'
import { finishEvent, startEvent, stepJson } from './step-json.ts'
import { toSampling, walkSchema } from './walk.ts'

const maxTokens = 1 << 20

function bodySchema(vocabularySize: number) {
  return z.strictObject({
    context: contextSchema,
    max_tokens: z.int().min(1).max(maxTokens),
    top_k: z.int().min(0).max(vocabularySize),
    encoding_format: z.enum(['float', 'base64']).default('float'),
    stop_at_end: z.boolean().default(true),
    walk: walkSchema.optional(),
  })
}

const headers = { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' }

/** Writes one chunk per token, no faster than the client reads. */
async function stream(
  service: Service,
  reply: FastifyReply,
  answers: AsyncIterable<Answer>,
  options: { promptTokens: number; format: EncodingFormat; signal: AbortSignal },
): Promise<void> {
  const { raw } = reply
  const { promptTokens, format, signal } = options
  let index = 0
  for await (const answer of answers) {
    if (answer.kind !== 'step') continue
    const { step, cached, finish } = answer
    const counts = { prompt_tokens: promptTokens, cached_tokens: cached }
    let chunk = `data: ${stepJson(service, step, index, format)}\n\n`
    if (index === 0) {
      // From here on the answer is ours: a failure before the first token is still an HTTP error.
      reply.hijack()
      raw.writeHead(200, headers)
      chunk = startEvent(counts) + chunk
    }
    index++
    if (finish !== null) chunk += finishEvent(finish, { ...counts, completion_tokens: index })
    if (!raw.write(chunk)) await once(raw, 'drain', { signal })
  }
  raw.end()
}

export function continueRoute(service: Service): FastifyPluginCallbackZod {
  return (app, _options, done) => {
    app.post('/continue', { schema: { body: bodySchema(service.table.size) } }, async (request, reply) => {
      const { body } = request
      const tokens = readContext(service, body.context)
      const job: Job = {
        kind: 'continue',
        tokens,
        maxTokens: body.max_tokens,
        topK: body.top_k,
        stopAtEnd: body.stop_at_end,
        walk: body.walk === undefined ? null : toSampling(body.walk),
      }
      const signal = clientSignal(reply)
      const options = { promptTokens: tokens.length, format: body.encoding_format, signal }
      try {
        await stream(service, reply, service.engine.run(job, signal), options)
      } catch (error) {
        if (!reply.raw.headersSent) throw error
        // The missing finish event and this one say that the stream failed.
        if (!signal.aborted) reply.raw.write(`data: ${JSON.stringify(toWireError(toTuttiError(error)))}\n\n`)
        reply.raw.end()
      }
      return reply
    })
    done()
  }
}
