import { z } from 'zod'
import type { CompletionRequest } from '../../ensemble/plan.ts'
import { ensembleOptions } from './diagnostics.ts'
import { neutralCompletionFields } from './neutral-fields.ts'

const promptSchema = z
  .union([z.string(), z.tuple([z.string()])], {
    error: 'must be a text or a list of exactly one text; token ids and several prompts are not supported yet',
  })
  .describe('The text to continue.')

const stopSchema = z.union([z.string().min(1), z.array(z.string().min(1)).max(16)], {
  error: 'must be a text or a list of at most 16 texts, none of them empty',
})

const penaltySchema = z.number().min(-2).max(2).nullish()

/** Body of `POST /v1/completions`: OpenAI's, with `min_p` and `ensemble` beside. */
export const completionBody = z.strictObject({
  model: z.string().describe('An ensemble, or `ensemble/member` for one member alone.'),
  prompt: promptSchema,
  max_tokens: z
    .int()
    .min(1)
    .max(65_536)
    .nullish()
    .describe('Most segments of output (tokens of the lead member); 16 when left out.'),
  temperature: z
    .number()
    .min(0)
    .max(2)
    .nullish()
    .describe("Of the fused byte distribution; 0 is greedy. Left out: the ensemble's."),
  top_p: z
    .number()
    .gt(0)
    .max(1)
    .nullish()
    .describe("Smallest set of bytes with this much probability. Left out: the ensemble's."),
  min_p: z
    .number()
    .min(0)
    .max(1)
    .nullish()
    .describe("Drops bytes below this share of the likeliest. Left out: the ensemble's."),
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
    .describe('Added to the log-probabilities of tokens, by id; −100 bans one. Token granularity only.'),
  stop: stopSchema.nullish().describe('Where to end; the text found is not part of the answer.'),
  stream: z.boolean().nullish().describe('Send the text as it comes, as server-sent events.'),
  stream_options: z
    .strictObject({
      include_usage: z.boolean().default(false).describe('Send a last chunk with `usage` and no choices.'),
    })
    .nullish(),
  user: z.string().nullish().describe('Accepted and ignored.'),
  metadata: z.record(z.string(), z.string()).nullish().describe('Accepted and ignored.'),
  ...neutralCompletionFields,
  ensemble: ensembleOptions,
})

export type CompletionBody = z.infer<typeof completionBody>

/** The body as the plan takes it: defaults of the API filled in, those of the ensemble left to the plan. */
export function toCompletionRequest(body: CompletionBody): CompletionRequest {
  const stop = body.stop ?? []
  return {
    model: body.model,
    prompt: typeof body.prompt === 'string' ? body.prompt : body.prompt[0],
    maxTokens: body.max_tokens ?? 16,
    ...(body.temperature == null ? {} : { temperature: body.temperature }),
    ...(body.top_p == null ? {} : { topP: body.top_p }),
    ...(body.min_p == null ? {} : { minP: body.min_p }),
    ...penaltiesOf(body),
    stop: typeof stop === 'string' ? [stop] : stop,
    diagnostics: body.ensemble.diagnostics,
  }
}

/** Left out when the body asks for none, as clients do that send every field. */
function penaltiesOf(body: CompletionBody): Pick<CompletionRequest, 'penalties'> {
  const frequency = body.frequency_penalty ?? 0
  const presence = body.presence_penalty ?? 0
  const bias = new Map(Object.entries(body.logit_bias ?? {}).map(([id, value]) => [Number(id), value]))
  return frequency === 0 && presence === 0 && bias.size === 0 ? {} : { penalties: { frequency, presence, bias } }
}
