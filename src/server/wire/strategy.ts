import { z } from 'zod'
import { canonicalForm } from '../../canonical-form.ts'
import type { AskedStrategy } from '../../ensemble/answer/strategy.ts'

export const canonicalise = canonicalForm(
  'must be "exact", "number", {"choice": "ABCD"}, {"regex": "…"} or {"json": "field"}',
).describe(
  'What of an answer is compared: `exact` all of it, the last `number`, the letter of a `choice`, the first group of what a `regex` ' +
    'finds (RE2 syntax), a field of a `json` object.',
)

export const strategyKind = z.enum(['fuse', 'majority', 'mbr', 'rerank'])
export const utility = z.enum(['exact', 'chrf', 'token_f1'])
export const samples = z.int().min(1).max(16)

/** Fields of the `ensemble` object of a request. */
export const strategyFields = {
  strategy: strategyKind
    .optional()
    .describe(
      "How one text is made of several: `fuse` the distributions, or choose among whole answers by `majority`, `mbr` or `rerank`. Left out: the ensemble's.",
    ),
  samples: samples.optional().describe("Whole answers of each member. Left out: the ensemble's."),
  canonicalise: canonicalise.optional(),
  utility: utility.optional().describe("What `mbr` takes nearness for. Left out: the ensemble's."),
}

const strategySchema = z.object(strategyFields)

/** What the request says; undefined for a request that says nothing. */
export function toAskedStrategy(fields: z.infer<typeof strategySchema>): AskedStrategy | undefined {
  const { strategy: kind, samples: count, canonicalise: form, utility: nearness } = fields
  const asked = {
    ...(kind !== undefined && { kind }),
    ...(count !== undefined && { samples: count }),
    ...(form !== undefined && { canonicalise: form }),
    ...(nearness !== undefined && { utility: nearness }),
  }
  return Object.keys(asked).length === 0 ? undefined : asked
}
