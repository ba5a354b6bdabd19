import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { EncodingFormat } from '../../members/shared/worker-wire.ts'
import type { Job } from '../compute/messages.ts'
import type { Answer } from '../engine.ts'
import { clientSignal } from './client-signal.ts'
import { contextSchema, readContext } from './context.ts'
import { sendEvents } from './event-stream.ts'
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

/** One chunk per token: the start comes with the first, the finish with the last. */
async function* chunks(
  service: Service,
  answers: AsyncIterable<Answer>,
  { promptTokens, format }: { promptTokens: number; format: EncodingFormat },
): AsyncGenerator<string, void> {
  let index = 0
  for await (const answer of answers) {
    if (answer.kind !== 'step') continue
    const { step, cached, finish } = answer
    const counts = { prompt_tokens: promptTokens, cached_tokens: cached }
    const start = index === 0 ? startEvent(counts) : ''
    const body = `data: ${stepJson(service, step, index, format)}\n\n`
    index++
    yield start + body + (finish === null ? '' : finishEvent(finish, { ...counts, completion_tokens: index }))
  }
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
      const options = { promptTokens: tokens.length, format: body.encoding_format }
      await sendEvents(reply, chunks(service, service.engine.run(job, signal), options), signal)
      return reply
    })
    done()
  }
}
