import { z } from 'zod'
import { ensembleChunkPart, ensemblePart } from './ensemble-part.ts'
import { completionLogprobs } from './logprobs.ts'
import { usageSchema } from './usage.ts'

export const finishReason = z.enum(['stop', 'length'])
const index = z.int().describe('The choices of the first prompt come first.')

/** What every answer begins with. */
export const answerHead = {
  id: z.string(),
  created: z.int().describe('Seconds since 1970.'),
  model: z.string(),
}

export const wholeEnsemble = ensemblePart
  .optional()
  .describe('The diagnosis; with several choices each has its own. Left out with `diagnostics: "none"`.')

const choice = { index, text: z.string(), logprobs: completionLogprobs.nullable() }

/** Answer of `POST /v1/completions` without `stream`. */
export const completion = z.object({
  ...answerHead,
  object: z.literal('text_completion'),
  choices: z.array(z.object({ ...choice, finish_reason: finishReason, ensemble: wholeEnsemble })),
  usage: usageSchema,
  ensemble: wholeEnsemble,
})

/** One event of a stream. The chunk with a choice's finish reason carries its diagnosis. */
export const completionChunk = z.object({
  ...answerHead,
  object: z.literal('text_completion'),
  choices: z.array(z.object({ ...choice, finish_reason: finishReason.nullable() })).max(1),
  usage: usageSchema.nullish().describe('With `include_usage`: null until the last chunk.'),
  ensemble: ensembleChunkPart.optional(),
})
