import { z } from 'zod'
import { timeline } from './timeline.ts'

/** Schemas of what ensemble/diagnosis.ts declares, for the OpenAPI document. Entropies in bits, shares in [0, 1]. */
const share = z.number().min(0).max(1)

/** A symbol of a distribution. */
export const symbolProbability = z.object({
  symbol: z
    .union([z.int().min(0), z.literal('end')])
    .describe('A byte or a token id, by the granularity of the ensemble, or `end` of the text.'),
  text: z.string().nullable().describe('The symbol as text, where it is whole characters.'),
  probability: share,
  low: share.describe('The probability is at least this, whatever the lists of this step hide,'),
  high: share.describe('and at most this.'),
})

const memberDiagnosis = z.object({
  id: z.string(),
  kind: z.string().describe('Wire protocol.'),
  replica: z.string().describe('Base URL that served.'),
  model: z.string().describe("The model's name as its server gives it."),
  status: z.enum(['ok', 'timeout', 'error', 'circuit_open', 'skipped']),
  error: z.object({ code: z.string(), message: z.string() }).optional(),
  away: z
    .array(
      z.object({
        from_step: z.int().describe('The first step without it, counted from 0.'),
        to_step: z.int().nullable().describe('The first with it again; null: it did not come back.'),
        code: z.string().describe('Of the error that it was lost by.'),
      }),
    )
    .readonly()
    .optional()
    .describe('When it was away from the text; left out where it never was.'),
  weight: share.describe('As configured, or as the request sets it.'),
  effective_weight: share.describe(
    'After the weights of absent members are shared out; with `adaptive` weights, at the end.',
  ),
  latency_ms: z.object({ total: z.number(), first_token: z.number().nullable() }),
  calls: z.number().describe('Calls made for distributions.'),
  contexts: z.number().describe('Distinct contexts whose list was held.'),
  revivals: z.number(),
  tokens: z.object({
    prompt: z.number(),
    listed: z.number().describe('List entries received.'),
    used: z.number().describe('Lists that the fused output used.'),
    wasted: z.number().describe('Lists fetched for nothing.'),
  }),
  bits_per_byte: z.number().nullable().describe("−log2 of the member's probability of the text, per byte."),
  agreement: share.nullable().describe("Share of steps whose symbol was the member's own likeliest."),
  mean_entropy: z.number().nullable(),
  mean_kl_to_ensemble: z.number().nullable().describe('Null when infinite.'),
  mean_responsibility: share
    .nullable()
    .describe("Mean share of the chosen symbol's fused probability that is this member's."),
  mean_excluded_mass: share.nullable().describe('Mean share of its mass on control tokens, which no text can hold.'),
  boundary_bias: z
    .boolean()
    .nullable()
    .describe('Its contexts are text: what it would say at other token borders is never heard.'),
  pivotal_steps: z.number().describe('Steps that would have chosen otherwise without this member.'),
})

export const stepDiagnosis = z.object({
  symbol: z.union([z.int().min(0), z.literal('end')]).describe('The decided byte or token id, or `end`.'),
  surprisal: z
    .number()
    .nullable()
    .describe('−log2 of the fused probability of the symbol; null for a probability of 0.'),
  entropy: z.number().describe('Of the fused distribution, in bits; and its bounds, whatever the lists hide:'),
  entropy_low: z.number(),
  entropy_high: z.number(),
  jensen_shannon: z.number().describe('How far the members are from one another, in bits, by their weights.'),
  certified: z.boolean().describe('The choice holds whatever the unlisted mass of the lists hides.'),
  missing_mass: share,
  members: z
    .array(
      z.object({
        id: z.string(),
        probability: share,
        entropy: z.number().describe('Of its own distribution, in bits.'),
        unlisted: share.describe('Of its mass, what its lists hide at this step.'),
        kl_to_ensemble: z.number().nullable().describe('Null when infinite.'),
        responsibility: share,
        pivotal: z.boolean(),
      }),
    )
    .readonly(),
  candidates: z
    .array(
      symbolProbability.extend({
        members: z.array(share).readonly().describe("Each member's own probability, in the order of `members`."),
      }),
    )
    .readonly()
    .optional()
    .describe('The likeliest symbols of the fused distribution, likeliest first, and the decided one in any case.'),
})

export const diagnosis = z.object({
  name: z.string(),
  pool: z.string(),
  granularity: z.string(),
  degraded: z.boolean().describe('Some member did not take part from the beginning to the end.'),
  missing_weight: share
    .optional()
    .describe('When degraded: share of the configured weights whose members took no part, on average over the steps.'),
  steps: z.number().describe('Decided symbols.'),
  certified_steps: z.number(),
  waves: z.number().describe('Rounds of concurrent member calls.'),
  acceptance: share
    .nullable()
    .describe(
      "Share of steps at which every member's server, running ahead, went the chosen way: greedily, or by the same noise where it runs the lattice.",
    ),
  missing_mass_mean: share,
  missing_mass_max: share,
  pruned_mass: z.number(),
  error_bound_tv: z.number(),
  usage: z
    .object({
      calls: z.number(),
      prompt_tokens: z.number(),
      contexts: z.number(),
      listed: z.number(),
      wasted: z.number(),
    })
    .describe('What the answer has cost, summed over the members, in their own tokens.'),
  members: z.array(memberDiagnosis).readonly(),
  timings: z.object({ total_ms: z.number(), waiting_ms: z.number(), fusing_ms: z.number() }),
  timeline: timeline.optional().describe('When `timeline` asks for it.'),
})
