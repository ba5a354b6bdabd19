import type { z } from 'zod'
import type { chatCompletion, chatCompletionChunk } from '../wire/chat-completion.ts'
import type { completion, completionChunk } from '../wire/completion.ts'
import { type LogprobEntry, toChatLogprobs, toCompletionLogprobs } from '../wire/logprobs.ts'

/** A stretch of a choice. */
export interface Part {
  readonly index: number
  readonly text: string
  /** Null when no log-probabilities are asked for. */
  readonly entries: readonly LogprobEntry[] | null
  /** Characters of the choice before it. */
  readonly offset: number
}

type Choice = z.infer<typeof completion>['choices'][number] | z.infer<typeof chatCompletion>['choices'][number]
type ChunkChoice =
  | z.infer<typeof completionChunk>['choices'][number]
  | z.infer<typeof chatCompletionChunk>['choices'][number]
type Reason = Choice['finish_reason']

/** How completions and chat completions differ in what they answer. */
export interface AnswerShape {
  readonly idPrefix: string
  readonly object: string
  readonly chunkObject: string
  whole(part: Part, reason: Reason): Choice
  /** What a choice begins with in a stream, if anything. */
  opening(index: number): ChunkChoice | null
  chunk(part: Part): ChunkChoice
  end(index: number, reason: Reason): ChunkChoice
}

export const completionShape: AnswerShape = {
  idPrefix: 'cmpl',
  object: 'text_completion',
  chunkObject: 'text_completion',
  whole: (part, reason) => ({ ...completionPart(part), finish_reason: reason }),
  opening: () => null,
  chunk: (part) => ({ ...completionPart(part), finish_reason: null }),
  end: (index, reason) => ({ index, text: '', logprobs: null, finish_reason: reason }),
}

function completionPart({ index, text, entries, offset }: Part) {
  return { index, text, logprobs: entries === null ? null : toCompletionLogprobs(entries, offset) }
}

/** @param top how many alternatives each token of the answer is to have. */
export function chatShape(top: number): AnswerShape {
  const logprobs = ({ entries }: Part) => (entries === null ? null : toChatLogprobs(entries, top))
  return {
    idPrefix: 'chatcmpl',
    object: 'chat.completion',
    chunkObject: 'chat.completion.chunk',
    whole: (part, reason) => ({
      index: part.index,
      message: { role: 'assistant', content: part.text, refusal: null },
      logprobs: logprobs(part),
      finish_reason: reason,
    }),
    opening: (index) => ({ index, delta: { role: 'assistant', content: '' }, logprobs: null, finish_reason: null }),
    chunk: (part) => ({
      index: part.index,
      delta: { content: part.text },
      logprobs: logprobs(part),
      finish_reason: null,
    }),
    end: (index, reason) => ({ index, delta: {}, logprobs: null, finish_reason: reason }),
  }
}
