import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { choosesAnswers } from '../../ensemble/answer/plan-text.ts'
import { type ChoiceEvent, generateChoices } from '../../ensemble/choices.ts'
import { TuttiError } from '../../errors.ts'
import type { Work } from '../admission/admit.ts'
import { completionCost, promptBytes } from '../admission/cost.ts'
import type { AskingDependencies } from '../dependencies.ts'
import { eventStreamHeaders } from '../server-sent-events.ts'
import type { Settings } from '../settings.ts'
import type { AnswerRequest } from './answer-request.ts'
import { collectAnswer } from './collect.ts'
import { within, withKeepAlive } from './keep-alive.ts'
import { streamAnswer } from './stream.ts'

/** Generates and answers, as one object or as a stream. */
export async function answer(
  asked: AnswerRequest,
  request: FastifyRequest,
  reply: FastifyReply,
  dependencies: AskingDependencies,
): Promise<FastifyReply> {
  refuseBestOf(asked)
  const { clock, keepAliveMs, admit } = dependencies
  await admit(request, reply, workOf(asked, request.settings))
  const options = { signal: request.ending, observer: request.observer, clock }
  const events = generateChoices(asked.plans, asked.generated, options, dependencies)
  if (!asked.stream) return reply.send(await collectAnswer(events, asked))
  // The first event is awaited before the headers go out, so that what fails at once has its true status; but not for
  // longer than a connection may be silent.
  const first = events.next()
  await within(first, keepAliveMs)
  const chunks = streamAnswer(resume(first, events), asked, request)
  return reply.headers(eventStreamHeaders).send(Readable.from(withKeepAlive(chunks, keepAliveMs)))
}

function workOf(
  { plans, generated, promptParam, choicesParam, maxTokensParam }: AnswerRequest,
  { limits }: Settings,
): Work {
  return {
    cost: plans.reduce((sum, plan) => sum + completionCost(plan, generated), 0),
    costParam: maxTokensParam,
    promptBytes: plans.reduce((sum, plan) => sum + promptBytes(plan), 0),
    promptParam,
    counts: [
      { param: promptParam, value: plans.length, most: limits.prompts },
      { param: choicesParam, value: generated, most: limits.choices },
    ],
  }
}

/** Choices are the best by their log-probabilities, which whole answers have none of. */
function refuseBestOf({ plans, generated, answered }: AnswerRequest): void {
  if (generated === answered || !plans.some(choosesAnswers)) return
  throw new TuttiError(
    'unsupported_parameter',
    '`best_of` goes by log-probabilities, which whole answers have none of; `ensemble.samples` asks for more of them',
    { param: 'best_of' },
  )
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
