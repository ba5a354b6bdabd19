import { z } from 'zod'
import type { AnswerDiagnosis } from '../../ensemble/answer/answer-diagnosis.ts'
import type { Diagnosis } from '../../ensemble/diagnosis.ts'
import type { SegmentEvent } from '../../ensemble/generation-event.ts'
import { answerDiagnosis } from './answer-diagnosis.ts'
import { diagnosis, stepDiagnosis } from './diagnosis.ts'

const seed = z.number().describe('The seed that sampling used.')
const echo = diagnosis.optional().describe('Of the calls that gave an echoed prompt its log-probabilities.')

/** What is said of each segment with `diagnostics: "steps"`, or `timeline`. */
export const segmentPart = z.object({
  carrier: z.string().describe('Member with the largest share of this text.'),
  steps: z.array(stepDiagnosis).readonly().describe('Empty unless asked for.'),
  at_ms: z.number().optional().describe('With `timeline`: when it was decided.'),
})

const segments = z
  .array(segmentPart.extend({ text: z.string() }))
  .readonly()
  .optional()
  .describe('With `diagnostics: "steps"`: the text in pieces, with the decided symbols of each.')

/** The diagnosis of a choice in an answer that is no stream. */
export const ensemblePart = z.union([
  diagnosis.extend({ seed, echo, segments }),
  answerDiagnosis.extend({ seed, segments }),
])

/** In a stream: of a segment, or in the chunk with the finish reason of the choice. */
export const ensembleChunkPart = z.union([
  diagnosis.extend({ seed, echo }),
  answerDiagnosis.extend({ seed }),
  segmentPart,
])

export type EnsemblePart = z.infer<typeof ensemblePart>

/** The `ensemble` object of a choice; undefined when no diagnosis was asked for. */
export function toEnsemblePart(
  found: Diagnosis | AnswerDiagnosis | null,
  usedSeed: number,
  scoredPrompt: Diagnosis | null,
): z.infer<typeof ensemblePart> | undefined {
  if (found === null) return undefined
  // A prompt that was scored and not continued has one diagnosis.
  const echoed = scoredPrompt === null || scoredPrompt === found ? {} : { echo: scoredPrompt }
  return { ...found, ...echoed, seed: usedSeed }
}

export function toSegmentPart({ carrier, steps, atMs }: SegmentEvent): z.infer<typeof segmentPart> {
  return { carrier, steps, ...(atMs !== undefined && { at_ms: atMs }) }
}
