import { z } from 'zod'

// What the adapter reads of OpenAI's API (its reference, "Completions (legacy)" and "Models"); the rest may change.

const length = z.int().positive().optional().catch(undefined)

export const modelsSchema = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      // Not OpenAI's own: servers that follow it tell the context length by one of these names.
      max_model_len: length,
      context_length: length,
      context_window: length,
    }),
  ),
})

/** The legacy shape: parallel lists, keyed by text, of k + 1 entries where the sampled token is none of the k likeliest. */
const logprobsSchema = z.object({
  tokens: z.array(z.string()),
  top_logprobs: z.array(z.record(z.string(), z.number().nullable()).nullable()),
})

export const completionSchema = z.object({
  choices: z.array(
    z.object({ index: z.int().default(0), finish_reason: z.string().nullish(), logprobs: logprobsSchema.nullish() }),
  ),
})
