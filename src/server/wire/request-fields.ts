import { z } from 'zod'
import type { CompletionRequest } from '../../ensemble/plan.ts'
import { textOptions, toAskedEnsemble } from './diagnostics.ts'
import { toAskedStrategy } from './strategy.ts'
import { wholeText } from './whole-text.ts'

const stopSchema = z.union([wholeText, z.array(wholeText).max(4)], {
  error: 'must be a text or a list of at most 4 texts, none of them empty',
})

const penaltySchema = z.number().min(-2).max(2).nullish()

/** A count of segments, where null is as good as leaving out. */
export function tokenCount(least: number) {
  return z.int().min(least).max(65_536).nullish()
}

/** What completions and chat completions have in common. */
export const commonFields = {
  model: z.string().describe('An ensemble, or `ensemble/member` for one member alone.'),
  n: z.int().min(1).max(128).nullish().describe('How many choices for each prompt; 1 when left out.'),
  temperature: z
    .number()
    .min(0)
    .max(2)
    .nullish()
    .describe("Of the fused distribution; 0 is greedy. Left out: the ensemble's."),
  top_p: z
    .number()
    .gt(0)
    .max(1)
    .nullish()
    .describe("Smallest set of symbols with this much probability. Left out: the ensemble's."),
  min_p: z
    .number()
    .min(0)
    .max(1)
    .nullish()
    .describe("Drops symbols below this share of the likeliest. Left out: the ensemble's."),
  seed: z
    .int()
    .nullish()
    .describe('Same request, same members, same seed: same text. Left out: drawn, and reported in `ensemble.seed`.'),
  frequency_penalty: penaltySchema.describe(
    'Taken off the log-probability of a token for each time the output holds it. Token granularity only.',
  ),
  presence_penalty: penaltySchema.describe(
    'Taken off the log-probability of a token that the output holds. Token granularity only.',
  ),
  logit_bias: z
    .record(z.string().regex(/^\d+$/, 'must be a token id'), z.number().min(-100).max(100))
    .nullish()
    .describe(
      'Added to the log-probabilities of tokens, by id; −100 bans one. Tokens that end a text are one. Token granularity only.',
    ),
  stop: stopSchema.nullish().describe('Where to end; the text found is not part of the answer.'),
  stream: z.boolean().nullish().describe('Send the text as it comes, as server-sent events.'),
  stream_options: z
    .strictObject({
      include_usage: z.boolean().nullish().describe('Send a last chunk with `usage` and no choices.'),
      include_obfuscation: z.boolean().nullish().describe('Accepted and ignored.'),
    })
    .nullish(),
  user: z.string().nullish().describe('Accepted and ignored.'),
  metadata: z.record(z.string(), z.string()).nullish().describe('Accepted and ignored.'),
  ensemble: textOptions,
}

const commonSchema = z.strictObject(commonFields)

/** The common fields as the plan takes them: defaults of the API filled in, those of the ensemble left to the plan. */
export function toCommonRequest(
  body: z.infer<typeof commonSchema>,
): Omit<CompletionRequest, 'prompt' | 'promptParam' | 'maxTokens' | 'echo' | 'alternatives'> {
  const stop = body.stop ?? []
  const strategy = toAskedStrategy(body.ensemble)
  return {
    model: body.model,
    ...(body.temperature == null ? {} : { temperature: body.temperature }),
    ...(body.top_p == null ? {} : { topP: body.top_p }),
    ...(body.min_p == null ? {} : { minP: body.min_p }),
    ...penaltiesOf(body),
    stop: typeof stop === 'string' ? [stop] : stop,
    ...(strategy && { strategy }),
    ...toAskedEnsemble(body.ensemble),
    diagnostics: body.ensemble.diagnostics,
    stepCandidates: body.ensemble.candidates,
    timeline: body.ensemble.timeline,
  }
}

/** Left out when the body asks for none, as clients do that send every field. */
function penaltiesOf(body: z.infer<typeof commonSchema>): Pick<CompletionRequest, 'penalties'> {
  const frequency = body.frequency_penalty ?? 0
  const presence = body.presence_penalty ?? 0
  const bias = new Map(Object.entries(body.logit_bias ?? {}).map(([id, value]) => [Number(id), value]))
  return frequency === 0 && presence === 0 && bias.size === 0 ? {} : { penalties: { frequency, presence, bias } }
}
