import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type ChoiceEvent, generateChoices } from '../../ensemble/choices.ts'
import { abortOnClose } from '../abort-on-close.ts'
import type { Dependencies } from '../dependencies.ts'
import { eventStreamHeaders } from '../server-sent-events.ts'
import type { AnswerRequest } from './answer-request.ts'
import { collectAnswer } from './collect.ts'
import { within, withKeepAlive } from './keep-alive.ts'
import { streamAnswer } from './stream.ts'

/** Generates and answers, as one object or as a stream. */
export async function answer(
  asked: AnswerRequest,
  request: FastifyRequest,
  reply: FastifyReply,
  dependencies: Dependencies,
): Promise<FastifyReply> {
  const { observer, clock, keepAliveMs } = dependencies
  const options = { signal: abortOnClose(reply.raw), observer, clock }
  const events = generateChoices(asked.plans, asked.generated, options, dependencies)
  if (!asked.stream) return reply.send(await collectAnswer(events, asked))
  // The first event is awaited before the headers go out, so that what fails at once has its true status; but not for
  // longer than a connection may be silent.
  const first = events.next()
  await within(first, keepAliveMs)
  const chunks = streamAnswer(resume(first, events), asked, request)
  return reply.headers(eventStreamHeaders).send(Readable.from(withKeepAlive(chunks, keepAliveMs)))
}

/** The events with the one that was taken off put back in front. */
async function* resume(
  first: Promise<IteratorResult<ChoiceEvent, void>>,
  rest: AsyncGenerator<ChoiceEvent, void>,
): AsyncGenerator<ChoiceEvent, void> {
  try {
    const result = await first
    if (result.done !== true) yield result.value
    yield* rest
  } finally {
    await rest.return()
  }
}
