import { z } from 'zod'
import type { AskedStrategy } from '../../ensemble/answer/strategy.ts'
import { faultOf, longestPattern } from '../../pattern.ts'

export const canonicalise = z
  .union(
    [
      z.enum(['exact', 'number']),
      z.strictObject({
        choice: z.string().regex(/^[A-Z]{2,26}$/, 'must be the capital letters that there are to choose from'),
      }),
      z.strictObject({ regex: z.string().max(longestPattern) }),
      z.strictObject({ json: z.string().min(1) }),
    ],
    { error: 'must be "exact", "number", {"choice": "ABCD"}, {"regex": "…"} or {"json": "field"}' },
  )
  .superRefine((form, context) => {
    if (typeof form === 'string' || !('regex' in form)) return
    const fault = faultOf(form.regex)
    if (fault !== null) context.addIssue({ code: 'custom', path: ['regex'], message: fault })
  })
  .describe(
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
