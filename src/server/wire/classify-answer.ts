import { z } from 'zod'
import type { Classification } from '../../ensemble/classify/classify.ts'

const probability = z.number().min(0).max(1)
const share = z.object({
  probability,
  low: probability.describe('At least this, whatever lists hide,'),
  high: probability.describe('and at most this.'),
})

const classifyMember = z.object({
  id: z.string(),
  kind: z.string(),
  model: z.string(),
  status: z.enum(['ok', 'timeout', 'error', 'circuit_open', 'skipped']),
  error: z.object({ code: z.string(), message: z.string() }).optional(),
  weight: z.number(),
  effective_weight: z.number().describe('After the weights of absent members are shared out.'),
  scored_by: z.enum(['lists', 'answer']).describe('Lists along the labels, or those of an answer of its own.'),
  temperature: z.number(),
  calls: z.int(),
  contexts: z.int().describe('Lists that were fetched for the input.'),
})

/** Answer of `POST /v1/classify`. */
export const classifications = z.object({
  id: z.string(),
  object: z.literal('classification'),
  created: z.int().describe('Seconds since 1970.'),
  model: z.string(),
  pool: z.string(),
  normalisation: z.string(),
  results: z
    .array(
      z.object({
        index: z.int().describe('Place in `inputs`.'),
        label: z.string().describe('The likeliest.'),
        probability,
        certain: z.boolean().describe("The likeliest label's interval overlaps no other's."),
        degraded: z.boolean().describe('Without some member, whose weight the others share.'),
        labels: z
          .array(
            share.extend({
              label: z.string(),
              members: z
                .array(
                  share.extend({
                    id: z.string(),
                    score: z
                      .number()
                      .nullable()
                      .describe('Normalised logarithm, before temperature and softmax; null for a probability of 0.'),
                  }),
                )
                .readonly(),
            }),
          )
          .readonly()
          .describe('Likeliest first.'),
        ensemble: z
          .object({ name: z.string(), members: z.array(classifyMember).readonly() })
          .optional()
          .describe('Who took part; left out with `diagnostics: "none"`.'),
      }),
    )
    .readonly(),
  usage: z.object({ prompt_tokens: z.int().describe('Of the prompts, in tokens of the heaviest member.') }),
})

export function toResult(found: Classification, index: number, ensemble: string | null) {
  const { labels, certain, degraded, members } = found
  const [first] = labels
  return {
    index,
    label: first?.label ?? '',
    probability: first?.probability ?? 0,
    certain,
    degraded,
    labels: labels.map((label) => ({
      ...label,
      members: label.members.map((member) => ({
        ...member,
        score: Number.isFinite(member.score) ? member.score : null,
      })),
    })),
    ...(ensemble === null ? {} : { ensemble: { name: ensemble, members } }),
  }
}
