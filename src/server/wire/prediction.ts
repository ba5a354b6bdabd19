import { z } from 'zod'
import { diagnosis, symbolProbability } from './diagnosis.ts'
import { ensembleOptions } from './diagnostics.ts'

/** Body of `POST /v1/predict`. */
export const predictBody = z.strictObject({
  model: z.string().describe('An ensemble, or `ensemble/member` for one member alone.'),
  prompt: z.string().describe('The text whose continuation is predicted.'),
  top: z
    .int()
    .min(1)
    .max(1000)
    .default(10)
    .describe('How many of the likeliest next symbols to list: bytes or tokens, and the end.'),
  words: z
    .int()
    .min(0)
    .max(20)
    .default(0)
    .describe('How many likely next words to find, at byte granularity; each costs further calls.'),
  ensemble: ensembleOptions,
})

const probability = z.number().min(0).max(1)
const shares = z.array(z.object({ id: z.string(), probability })).readonly()

/** Answer of `POST /v1/predict`. Entropies are in bits. */
export const prediction = z.object({
  id: z.string(),
  object: z.literal('prediction'),
  created: z.int().describe('Seconds since 1970.'),
  model: z.string(),
  symbols: z
    .array(symbolProbability.extend({ members: shares }))
    .readonly()
    .describe('Fused, likeliest first.'),
  words: z
    .array(z.object({ text: z.string(), probability, members: shares }))
    .readonly()
    .describe('Fused, likeliest first.'),
  entropy: z.number().describe('Of the fused distribution of the next symbol.'),
  certified: z.boolean().describe('The likeliest symbol is so whatever the unlisted mass hides.'),
  members: z
    .array(z.object({ id: z.string(), entropy: z.number(), symbols: z.array(symbolProbability).readonly() }))
    .readonly()
    .describe("Each member's own likeliest symbols."),
  usage: z.object({ prompt_tokens: z.int(), total_tokens: z.int() }),
  ensemble: diagnosis.optional().describe('The diagnosis; left out with `diagnostics: "none"`.'),
})
