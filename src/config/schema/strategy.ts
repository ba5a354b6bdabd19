import { z } from 'zod'
import { faultOf, longestPattern } from '../../pattern.ts'

const canonicaliseSchema = z
  .union(
    [
      z.enum(['exact', 'number']),
      z.strictObject({
        choice: z.string().regex(/^[A-Z]{2,26}$/, 'must be the capital letters that there are to choose from'),
      }),
      z.strictObject({ regex: z.string().max(longestPattern) }),
      z.strictObject({ json: z.string().min(1) }),
    ],
    { error: 'must be exact, number, or one of { choice: ABCD }, { regex: … }, { json: … }' },
  )
  .superRefine((form, context) => {
    if (typeof form === 'string' || !('regex' in form)) return
    const fault = faultOf(form.regex)
    if (fault !== null) context.addIssue({ code: 'custom', path: ['regex'], message: fault })
  })

/** How one text is made of several. */
export const strategyFields = {
  strategy: z
    .enum(['fuse', 'majority', 'mbr', 'rerank'])
    .default('fuse')
    .describe(
      'How one text is made of several: `fuse` the distributions symbol by symbol; or choose among whole answers, which needs no log-probabilities: `majority` of what they say, `mbr` the one nearest to all, `rerank` the one that the other members find likeliest.',
    ),
  samples: z.int().min(1).max(16).default(1).describe('Whole answers of each member.'),
  canonicalise: canonicaliseSchema
    .default('exact')
    .describe(
      'What of an answer is compared: `exact` all of it, the last `number`, `{ choice: ABCD }` a letter of these, `{ regex: … }` the first group of what it finds (RE2 syntax), `{ json: field }` a field of a JSON object.',
    ),
  utility: z
    .enum(['exact', 'chrf', 'token_f1'])
    .default('chrf')
    .describe('What `mbr` takes nearness for: `exact` match, `chrf` of characters, `token_f1` of words.'),
}
