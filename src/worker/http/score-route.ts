import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { WireUsage } from '../../members/shared/worker-wire.ts'
import { clientSignal } from './client-signal.ts'
import { checkTokens, contextSchema, readContext } from './context.ts'
import type { Service } from './service.ts'
import { stepJson } from './step-json.ts'

function bodySchema(vocabularySize: number) {
  return z.strictObject({
    context: contextSchema,
    continuation: z.strictObject({ tokens: z.array(z.int()).min(1) }),
    top_k: z.int().min(0).max(vocabularySize),
    encoding_format: z.enum(['float', 'base64']).default('float'),
  })
}

export function scoreRoute(service: Service): FastifyPluginCallbackZod {
  return (app, _options, done) => {
    app.post('/score', { schema: { body: bodySchema(service.table.size) } }, async (request, reply) => {
      const { context, continuation, top_k: topK, encoding_format: format } = request.body
      checkTokens(continuation.tokens, service.table.size, 'continuation.tokens')
      // The last token of the continuation is judged, not read.
      const before = readContext(service, context, continuation.tokens.length - 1)
      const tokens = new Int32Array(before.length + continuation.tokens.length)
      tokens.set(before)
      tokens.set(continuation.tokens, before.length)
      const steps: string[] = []
      let usage: WireUsage = {
        prompt_tokens: before.length,
        cached_tokens: 0,
        completion_tokens: continuation.tokens.length,
      }
      const job = { kind: 'score', tokens, context: before.length, topK } as const
      for await (const answer of service.engine.run(job, clientSignal(reply))) {
        if (answer.kind !== 'step') continue
        usage = { ...usage, cached_tokens: answer.cached }
        steps.push(stepJson(service, answer.step, steps.length, format))
      }
      return reply.type('application/json').send(`{"steps":[${steps.join(',')}],"usage":${JSON.stringify(usage)}}`)
    })
    done()
  }
}
