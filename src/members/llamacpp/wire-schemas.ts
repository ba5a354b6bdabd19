import { z } from 'zod'

// What the adapter reads of llama-server's answers (tools/server/README.md of llama.cpp, and recorded ones); the rest may change.

/** Entries are checked where they are read: a list may be as long as the vocabulary. */
const listed = z.object({ id: z.int(), top_logprobs: z.array(z.unknown()) })

/** `cache_n` are those of the prompt's tokens that were in the cache. */
const counted = {
  tokens_evaluated: z.int().nullish(),
  timings: z.object({ cache_n: z.int().nullish() }).nullish(),
}

export const completionSchema = z.object({
  ...counted,
  index: z.int().nullish(),
  tokens: z.array(z.int()).default([]),
  stop_type: z.string().nullish(),
  completion_probabilities: z.array(listed).default([]),
})

/** One event of a stream; the last has `stop`. */
export const eventSchema = z.object({
  ...counted,
  stop: z.boolean(),
  stop_type: z.string().nullish(),
  /** Tokens made so far, also those that no event has told of. */
  tokens_predicted: z.int().nonnegative(),
  completion_probabilities: z.array(listed).default([]),
})

export const entrySchema = z.object({ id: z.int(), bytes: z.array(z.int()), logprob: z.number().nullable() })

export const modelEntry = z.object({
  id: z.string(),
  aliases: z.array(z.string()).nullish(),
  meta: z.object({ n_vocab: z.int().positive(), n_params: z.number().nullish(), size: z.number().nullish() }),
})

export const propsSchema = z.object({
  default_generation_settings: z.object({ n_ctx: z.int().positive() }),
  eos_token: z.string().nullish(),
})

/** `piece` is a list of bytes where they are no whole characters. */
export const piecesSchema = z.object({
  tokens: z.array(z.object({ id: z.int(), piece: z.union([z.string(), z.array(z.int())]) })),
})

export const tokensSchema = z.object({ tokens: z.array(z.int().nonnegative()) })

export const templateSchema = z.object({ prompt: z.string() })
