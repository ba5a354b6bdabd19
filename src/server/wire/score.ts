import { z } from 'zod'
import type { SymbolScore } from '../../ensemble/follow.ts'
import type { SegmentScore, TextScore } from '../../ensemble/score.ts'
import { diagnosis } from './diagnosis.ts'
import { ensembleOptions } from './diagnostics.ts'
import { wholeText } from './whole-text.ts'

/** Most texts of one request. */
const mostTexts = 256

/** Body of `POST /v1/score`. */
export const scoreBody = z
  .strictObject({
    model: z.string().describe('An ensemble, or `ensemble/member` for one member alone.'),
    texts: z
      .array(wholeText)
      .min(1)
      .max(mostTexts)
      .optional()
      .describe('Texts, scored from their beginning; these or `pairs`.'),
    pairs: z
      .array(
        z.strictObject({
          prompt: z.string().describe('What the continuation follows; it is not scored.'),
          continuation: wholeText,
        }),
      )
      .min(1)
      .max(mostTexts)
      .optional()
      .describe('Texts after prompts; these or `texts`.'),
    segments: z.boolean().default(false).describe('Whether to cut each text at the token borders of the lead member.'),
    ensemble: ensembleOptions,
  })
  .superRefine(({ texts, pairs }, context) => {
    const message = 'give either `texts` or `pairs`'
    if ((texts === undefined) === (pairs === undefined)) {
      context.addIssue({ code: 'custom', path: [texts === undefined ? 'texts' : 'pairs'], message })
    }
  })
  .meta({
    examples: [
      { model: 'tutti', texts: ['The state of the union is strong.'] },
      { model: 'tutti', pairs: [{ prompt: 'The state of the', continuation: ' union' }], segments: true },
    ],
  })

const logProb = z.number().max(0).nullable().describe('Natural logarithm; null for a probability of 0.')
const figures = z.object({
  log_prob: logProb,
  log_prob_low: logProb.describe('At least this, whatever the lists of each step hide; null for no bound,'),
  log_prob_high: logProb.describe('and at most this.'),
  bits: z.number().min(0).nullable().describe('−log2 of the probability.'),
  bits_per_byte: z.number().min(0).nullable(),
})

/** Answer of `POST /v1/score`. */
export const scores = z.object({
  id: z.string(),
  object: z.literal('score'),
  created: z.int().describe('Seconds since 1970.'),
  model: z.string(),
  scores: z
    .array(
      figures.extend({
        index: z.int().describe('Place in `texts` or `pairs`.'),
        bytes: z.int().describe('Of the text in UTF-8.'),
        missing_mass_mean: z.number().describe("Share of the members' mass that their lists hide, over the text."),
        missing_mass_max: z.number(),
        degraded: z.boolean().describe('Without some member, whose weight the others share.'),
        members: z
          .array(figures.extend({ id: z.string() }))
          .readonly()
          .describe('Of those that were present to the end.'),
        segments: z
          .array(
            z.object({
              text: z.string(),
              bytes: z.array(z.int()).readonly(),
              log_prob: logProb,
              members: z.array(z.object({ id: z.string(), log_prob: logProb })).readonly(),
            }),
          )
          .readonly()
          .optional()
          .describe('The text between token borders of the lead member.'),
        ensemble: diagnosis.optional().describe('The diagnosis; left out with `diagnostics: "none"`.'),
      }),
    )
    .readonly(),
  usage: z.object({
    prompt_tokens: z.int().describe('Of the prompts, in tokens of the lead member.'),
    bytes: z.int().describe('Of the texts that were scored.'),
  }),
})

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

export function toScore(found: TextScore, index: number) {
  const { bytes, fused, members, segments, missing, degraded, diagnosis: part } = found
  return {
    index,
    bytes,
    ...toFigures(fused, bytes),
    missing_mass_mean: missing.mean,
    missing_mass_max: missing.most,
    degraded,
    members: members.map(({ id, ...score }) => ({ id, ...toFigures(score, bytes) })),
    ...(segments === null ? {} : { segments: segments.map(toSegment) }),
    ...(part === null ? {} : { ensemble: part }),
  }
}

function toSegment({ bytes, logProb: own, members }: SegmentScore) {
  return {
    text: decoder.decode(bytes),
    bytes: [...bytes],
    log_prob: finite(own),
    members: members.map((member) => ({ id: member.id, log_prob: finite(member.logProb) })),
  }
}

function toFigures({ logProb: own, low, high }: SymbolScore, bytes: number) {
  const bits = own === 0 ? 0 : -own / Math.LN2
  return {
    log_prob: finite(own),
    log_prob_low: finite(low),
    log_prob_high: finite(high),
    bits: finite(bits),
    bits_per_byte: finite(bits / bytes),
  }
}

/** JSON has no infinity. */
function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null
}
