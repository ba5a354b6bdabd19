import type { FastifyRequest } from 'fastify'
import type { FinishEvent, GenerationEvent, SegmentEvent } from '../../ensemble/generation-event.ts'
import { toTuttiError } from '../../errors.ts'
import { logFailure } from '../log-failure.ts'
import { doneEvent, toEvent } from '../server-sent-events.ts'
import { type CompletionChunk, toEnsemblePart, toUsage } from '../wire/completion.ts'
import { toErrorBody } from '../wire/error.ts'

/** What every chunk of an answer repeats, and the seed used. */
export interface AnswerHead {
  readonly id: string
  /** Seconds since 1970. */
  readonly created: number
  readonly model: string
  readonly seed: number
}

interface StreamOptions {
  readonly includeUsage: boolean
  /** Each chunk names its carrier and steps. */
  readonly carriers: boolean
  readonly request: Pick<FastifyRequest, 'id' | 'log' | 'failure'>
}

/**
 * A generation as server-sent events: a chunk a segment, the finish reason with the diagnosis, the usage when asked
 * for, `[DONE]`. The status is out by then, so a failure comes as an event with the error object.
 */
export async function* streamCompletion(
  events: AsyncIterable<GenerationEvent>,
  head: AnswerHead,
  options: StreamOptions,
): AsyncGenerator<string, void> {
  const pendingUsage = options.includeUsage ? { usage: null } : {}
  try {
    for await (const event of events) {
      if (event.kind === 'segment') yield toEvent({ ...segmentChunk(event, head, options.carriers), ...pendingUsage })
      else {
        yield toEvent({ ...finishChunk(event, head), ...pendingUsage })
        if (options.includeUsage) yield toEvent({ ...chunk(head, []), usage: toUsage(event.usage) })
      }
    }
  } catch (cause) {
    const error = toTuttiError(cause)
    options.request.failure = error.code
    logFailure(error, options.request.log)
    yield toEvent(toErrorBody(error, options.request.id))
  }
  yield doneEvent
}

function segmentChunk(event: SegmentEvent, head: AnswerHead, carriers: boolean): CompletionChunk {
  const choice = { index: 0, text: event.text, logprobs: null, finish_reason: null } as const
  return { ...chunk(head, [choice]), ...(carriers && { ensemble: { carrier: event.carrier, steps: event.steps } }) }
}

function finishChunk(event: FinishEvent, head: AnswerHead): CompletionChunk {
  const choice = { index: 0, text: '', logprobs: null, finish_reason: event.reason } as const
  return { ...chunk(head, [choice]), ...toEnsemblePart(event.diagnosis, head.seed) }
}

function chunk(head: AnswerHead, choices: CompletionChunk['choices']): CompletionChunk {
  return { id: head.id, object: 'text_completion', created: head.created, model: head.model, choices }
}
