import { z } from 'zod'
import { answerHead, finishReason, wholeEnsemble } from './completion.ts'
import { ensembleChunkPart } from './ensemble-part.ts'
import { chatLogprobs } from './logprobs.ts'
import { usageSchema } from './usage.ts'

const role = z.literal('assistant')

/** Answer of `POST /v1/chat/completions` without `stream`. */
export const chatCompletion = z.object({
  ...answerHead,
  object: z.literal('chat.completion'),
  choices: z.array(
    z.object({
      index: z.int(),
      message: z.object({ role, content: z.string(), refusal: z.null() }),
      logprobs: chatLogprobs.nullable(),
      finish_reason: finishReason,
      ensemble: wholeEnsemble,
    }),
  ),
  usage: usageSchema,
  ensemble: wholeEnsemble,
})

/** One event of a stream: the role first, then text, then the finish reason with the diagnosis. */
export const chatCompletionChunk = z.object({
  ...answerHead,
  object: z.literal('chat.completion.chunk'),
  choices: z
    .array(
      z.object({
        index: z.int(),
        delta: z.object({ role: role.optional(), content: z.string().optional() }),
        logprobs: chatLogprobs.nullable(),
        finish_reason: finishReason.nullable(),
      }),
    )
    .max(1),
  usage: usageSchema.nullish().describe('With `include_usage`: null until the last chunk.'),
  ensemble: ensembleChunkPart.optional(),
})
