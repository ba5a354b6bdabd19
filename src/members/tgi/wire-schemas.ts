import { z } from 'zod'

// What the adapter reads of TGI (router/src/lib.rs and docs/openapi.json of text-generation-inference); the rest may change.

export const infoSchema = z.object({
  model_id: z.string(),
  model_sha: z.string().nullish(),
  /** `max_input_length` before TGI 2.1. */
  max_input_tokens: z.int().positive().nullish(),
  max_input_length: z.int().positive().nullish(),
  max_total_tokens: z.int().positive(),
})

/** NaN and −∞ are null. */
const tokenSchema = z.object({
  id: z.int().nonnegative(),
  text: z.string(),
  logprob: z.number().nullable(),
  special: z.boolean(),
})

/** An event of `/generate_stream`; the last has `details`. */
export const eventSchema = z.object({
  token: tokenSchema,
  top_tokens: z.array(tokenSchema).default([]),
  details: z.object({ finish_reason: z.string(), input_length: z.int().nullish() }).nullish(),
})

/** `start` and `stop` count characters; both are 0 for a token that stands for none of the text. */
export const tokensSchema = z.array(
  z.object({ id: z.int().nonnegative(), start: z.int().nonnegative(), stop: z.int().nonnegative() }),
)

export const chatSchema = z.object({ tokenize_response: tokensSchema, templated_text: z.string() })
