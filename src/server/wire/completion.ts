import { z } from 'zod'
import type { Diagnosis } from '../../ensemble/diagnosis.ts'
import { diagnosis, stepDiagnosis } from './diagnosis.ts'

const usageSchema = z
  .object({ prompt_tokens: z.int(), completion_tokens: z.int(), total_tokens: z.int() })
  .describe('In tokens of the lead member.')

const seed = z.number().describe('The seed that sampling used.')
const segmentPart = {
  carrier: z.string().describe('Member with the largest share of this text.'),
  steps: z.array(stepDiagnosis).readonly(),
}
const segments = z
  .array(z.object({ text: z.string(), ...segmentPart }))
  .readonly()
  .optional()
  .describe('With `diagnostics: "steps"`: the text in pieces, with the decided symbols of each.')
const finishReason = z.enum(['stop', 'length'])

/** Answer of `POST /v1/completions` without `stream`. */
export const completion = z.object({
  id: z.string(),
  object: z.literal('text_completion'),
  created: z.int().describe('Seconds since 1970.'),
  model: z.string(),
  choices: z
    .array(z.object({ index: z.literal(0), text: z.string(), logprobs: z.null(), finish_reason: finishReason }))
    .length(1),
  usage: usageSchema,
  ensemble: diagnosis
    .extend({ seed, segments })
    .optional()
    .describe('The diagnosis; left out with `diagnostics: "none"`.'),
})

/** One event of a stream. The chunk with the finish reason carries the diagnosis. */
export const completionChunk = z.object({
  id: z.string(),
  object: z.literal('text_completion'),
  created: z.int(),
  model: z.string(),
  choices: z
    .array(
      z.object({ index: z.literal(0), text: z.string(), logprobs: z.null(), finish_reason: finishReason.nullable() }),
    )
    .max(1),
  usage: usageSchema.nullish().describe('With `include_usage`: null until the last chunk.'),
  ensemble: z.union([diagnosis.extend({ seed }), z.object(segmentPart)]).optional(),
})

export type Completion = z.infer<typeof completion>
export type CompletionChunk = z.infer<typeof completionChunk>
export type Usage = z.infer<typeof usageSchema>

export function toUsage(usage: { readonly promptTokens: number; readonly completionTokens: number }): Usage {
  return {
    prompt_tokens: usage.promptTokens,
    completion_tokens: usage.completionTokens,
    total_tokens: usage.promptTokens + usage.completionTokens,
  }
}

/** The `ensemble` object of an answer, as a part to spread: nothing when no diagnosis was asked for. */
export function toEnsemblePart(found: Diagnosis | null, usedSeed: number): Pick<Completion, 'ensemble'> {
  return found === null ? {} : { ensemble: { ...found, seed: usedSeed } }
}
