import type { FastifyRequest } from 'fastify'
import { type ChoiceEvent, seedOfChoice } from '../../ensemble/choices.ts'
import type { Diagnosis } from '../../ensemble/diagnosis.ts'
import { toTuttiError } from '../../errors.ts'
import { logFailure } from '../log-failure.ts'
import { doneEvent, toEvent } from '../server-sent-events.ts'
import { toEnsemblePart, toSegmentPart } from '../wire/ensemble-part.ts'
import { toErrorBody } from '../wire/error.ts'
import { characters } from '../wire/logprobs.ts'
import { UsageSum } from '../wire/usage.ts'
import type { AnswerRequest } from './answer-request.ts'
import { entriesOf } from './entries.ts'

const encoder = new TextEncoder()

/**
 * An answer as server-sent events: a chunk a segment, the finish reason of each choice with its diagnosis, the usage when
 * asked for, `[DONE]`. The status is out by then, so a failure comes as an event with the error object.
 */
export async function* streamAnswer(
  events: AsyncIterable<ChoiceEvent>,
  answer: AnswerRequest,
  request: Pick<FastifyRequest, 'id' | 'log' | 'failure'>,
): AsyncGenerator<string, void> {
  try {
    yield* chunks(events, answer)
  } catch (cause) {
    const error = toTuttiError(cause)
    request.failure = error.code
    logFailure(error, request.log)
    yield toEvent(toErrorBody(error, request.id))
  }
  yield doneEvent
}

async function* chunks(events: AsyncIterable<ChoiceEvent>, answer: AnswerRequest): AsyncGenerator<string, void> {
  const { shape, head, generated, includeUsage } = answer
  const usage = new UsageSum(generated)
  /** Characters sent of each choice that has begun. */
  const offsets = new Map<number, number>()
  const scoredPrompts = new Map<number, Diagnosis | null>()
  const chunk = (choice: object | null, ensemble?: object) =>
    toEvent({
      id: head.id,
      object: shape.chunkObject,
      created: head.created,
      model: head.model,
      choices: choice === null ? [] : [choice],
      ...(includeUsage && { usage: choice === null ? usage.total : null }),
      ...(ensemble && { ensemble }),
    })
  for await (const { index, value } of events) {
    const offset = offsets.get(index) ?? 0
    const opening = offsets.has(index) ? null : shape.opening(index)
    if (opening !== null) yield chunk(opening)
    if (value.kind === 'finish') {
      usage.add(index, value.usage)
      const seed = seedOfChoice(head.seed, index % generated)
      yield chunk(
        shape.end(index, value.reason),
        toEnsemblePart(value.diagnosis, seed, scoredPrompts.get(index) ?? null),
      )
      continue
    }
    const part = { index, text: value.text, entries: answer.logprobs ? entriesOf(value) : null, offset }
    offsets.set(index, offset + characters(encoder.encode(value.text)))
    if (value.kind === 'echo') scoredPrompts.set(index, value.diagnosis)
    const isTold = value.kind === 'segment' && (answer.detailed || value.atMs !== undefined)
    const detail = isTold ? toSegmentPart(value) : undefined
    yield chunk(shape.chunk(part), detail)
  }
  if (includeUsage) yield chunk(null)
}
