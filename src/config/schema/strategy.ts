import { z } from 'zod'
import { canonicalForm } from '../../canonical-form.ts'

const canonicaliseSchema = canonicalForm('must be exact, number, or one of { choice: ABCD }, { regex: … }, { json: … }')

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
