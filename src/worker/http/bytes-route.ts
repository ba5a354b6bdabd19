import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { utf8Allows, utf8Next, utf8Start } from '../../core/lattice/utf8.ts'
import { TuttiError } from '../../errors.ts'
import type { ByteWalkRequest, ByteWalkStep } from '../bytes/byte-walks.ts'
import type { FinishReason } from '../compute/messages.ts'
import { byteFinishEvent, byteStartEvent, byteStepJson } from './byte-step-json.ts'
import { clientSignal } from './client-signal.ts'
import { sendEvents } from './event-stream.ts'
import type { Service } from './service.ts'
import { toSampling, walkSchema } from './walk.ts'

function bodySchema(vocabularySize: number) {
  return z.strictObject({
    prompt: z.string(),
    after: z
      .array(
        z
          .int()
          .min(0)
          .max(vocabularySize - 1),
      )
      .min(1)
      .optional(),
    forced: z.base64().default(''),
    tau: z.number().min(0).lt(1),
    unlisted: z.enum(['spread', 'renormalise']).default('spread'),
    top_k: z.int().min(1).max(vocabularySize),
    walk: walkSchema.optional(),
    max_symbols: z.int().min(1),
  })
}

const greedy = { seed: 0, step: 0, temperature: 0, topP: 1, minP: 0 }

/** @throws TuttiError `invalid_request` for bytes that no text goes on with. */
function readForced(base64: string): Uint8Array {
  const bytes = new Uint8Array(Buffer.from(base64, 'base64'))
  let utf8 = utf8Start
  for (const [i, byte] of bytes.entries()) {
    if (!utf8Allows(utf8, byte)) {
      throw new TuttiError('invalid_request', `forced: byte ${i} (${byte}) is not UTF-8 there`, { param: 'forced' })
    }
    utf8 = utf8Next(utf8, byte)
  }
  return bytes
}

async function* chunks(steps: AsyncGenerator<ByteWalkStep, FinishReason>): AsyncGenerator<string, void> {
  let start = { prompt_tokens: 0, known_bytes: 0 }
  let count = 0
  try {
    for (;;) {
      const next = await steps.next()
      if (next.done === true) {
        const finish = byteFinishEvent(next.value, { ...start, completion_symbols: count })
        yield count === 0 ? byteStartEvent(start) + finish : finish
        return
      }
      const { place, known } = next.value
      start = { prompt_tokens: place.promptTokens, known_bytes: known }
      const event = `data: ${byteStepJson(next.value, count)}\n\n`
      yield count++ === 0 ? byteStartEvent(start) + event : event
    }
  } finally {
    // A client that has gone ends the walk.
    await steps.return('length')
  }
}

/** `POST …/bytes`: the model's byte conditionals along its own path, its lattice computed here. */
export function bytesRoute(service: Service): FastifyPluginCallbackZod {
  return (app, _options, done) => {
    app.post('/bytes', { schema: { body: bodySchema(service.table.size) } }, async (request, reply) => {
      const { body } = request
      const walk: ByteWalkRequest = {
        prompt: body.prompt,
        after: body.after && Int32Array.from(body.after),
        forced: readForced(body.forced),
        tau: body.tau,
        unlisted: body.unlisted,
        topK: body.top_k,
        sampling: body.walk === undefined ? greedy : toSampling(body.walk),
        maxSymbols: body.max_symbols,
      }
      const signal = clientSignal(reply)
      await sendEvents(reply, chunks(service.byteWalks.walk(walk, signal)), signal)
      return reply
    })
    done()
  }
}
