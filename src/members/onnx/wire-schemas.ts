import { z } from 'zod'
import { endSymbol } from '../../core/lattice/symbols.ts'

// Only what the adapter reads is checked; a newer worker may send more.

const list = z.object({ ids: z.string().optional(), log_probs: z.string() })

export const stepSchema = z.object({ id: z.int().nonnegative(), log_prob: z.number(), top: list })

const finishSchema = z.object({ finish_reason: z.string() })
const startSchema = z.object({ prompt_tokens: z.int(), cached_tokens: z.int().nullish() })
const errorSchema = z.object({ error: z.string(), code: z.string() })

export const eventSchema = z.union([stepSchema, finishSchema, startSchema])

const count = z.int().nonnegative()

export const byteStepSchema = z.object({
  probabilities: z.string(),
  low: z.string().optional(),
  high: z.string().optional(),
  missing: z.number().min(0),
  mass: z.number().min(0),
  excluded: z.number().min(0),
  since_border: count,
  counters: z.object({ revivals: count, pruned_mass: z.number().min(0) }),
  contexts: z.object({ fetched: count, used: count }),
  symbol: z.int().min(0).max(endSymbol),
})

export const byteEventSchema = z.union([byteStepSchema, finishSchema, startSchema, errorSchema])

export const scoreSchema = z.object({ steps: z.array(stepSchema), usage: startSchema.nullish() })

export const tokenizeSchema = z.object({ tokens: z.array(z.int().nonnegative()) })

export const chatSchema = z.object({ tokens: z.array(z.int().nonnegative()).min(1) })

export const serverSchema = z.object({ models: z.array(z.string()).min(1) })

export const modelSchema = z.object({
  parameters: z.object({
    context_length: z.int().positive(),
    vocabulary_size: z.int().positive(),
    vocabulary_fingerprint: z.string(),
    chat_template: z.boolean().default(false),
  }),
})

export const vocabularySchema = z.object({
  fingerprint: z.string(),
  size: z.int().positive(),
  bytes: z.string(),
  lengths: z.string(),
  end: z.array(z.int()),
  control: z.array(z.int()),
})
