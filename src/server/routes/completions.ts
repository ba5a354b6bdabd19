import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { GenerationEvent } from '../../ensemble/generation-event.ts'
import { planCompletion } from '../../ensemble/plan.ts'
import { abortOnClose } from '../abort-on-close.ts'
import type { App } from '../app.ts'
import { collectCompletion } from '../completion/collect.ts'
import { type AnswerHead, streamCompletion } from '../completion/stream.ts'
import type { Dependencies } from '../dependencies.ts'
import { eventStreamHeaders } from '../server-sent-events.ts'
import { completion } from '../wire/completion.ts'
import { type CompletionBody, completionBody, toCompletionRequest } from '../wire/completion-request.ts'
import { errorResponses } from '../wire/error.ts'

export function completionsRoute(app: App, dependencies: Dependencies): void {
  const schema = {
    summary: 'Continue a text',
    description:
      "OpenAI's completions. With `stream` the answer is server-sent events, each one a chunk, then `[DONE]`.",
    tags: ['OpenAI'],
    body: completionBody,
    response: {
      200: {
        description: 'The completion, or its chunks.',
        content: {
          'application/json': { schema: completion },
          'text/event-stream': { schema: z.string() },
        },
      },
      ...errorResponses,
    },
  }
  app.post('/v1/completions', { schema }, (request, reply) => answer(request.body, request, reply, dependencies))
}

async function answer(body: CompletionBody, request: FastifyRequest, reply: FastifyReply, dependencies: Dependencies) {
  const { directory, generate, observer, clock, now, newId, randomSeed } = dependencies
  const seed = body.seed ?? randomSeed()
  const plan = planCompletion(directory, toCompletionRequest(body), seed)
  const events = generate(plan, { signal: abortOnClose(reply.raw), observer, clock })
  const head: AnswerHead = { id: `cmpl-${newId()}`, created: Math.floor(now()), model: body.model, seed }
  const detailed = body.ensemble.diagnostics === 'steps'
  if (body.stream !== true) return collectCompletion(events, head, detailed)
  // The first event is awaited before the headers go out, so that what fails at once has its true status.
  const first = await events.next()
  const chunks = streamCompletion(resume(first, events), head, {
    includeUsage: body.stream_options?.include_usage ?? false,
    carriers: detailed,
    request,
  })
  return reply.headers(eventStreamHeaders).send(Readable.from(chunks))
}

/** The events with the one that was taken off put back in front. */
async function* resume(
  first: IteratorResult<GenerationEvent, void>,
  rest: AsyncGenerator<GenerationEvent, void>,
): AsyncGenerator<GenerationEvent, void> {
  try {
    if (first.done !== true) yield first.value
    yield* rest
  } finally {
    await rest.return()
  }
}
