import { z } from 'zod'

// What the adapter reads of vLLM's OpenAI-compatible server (vllm/entrypoints/openai/protocol.py); the rest may change.

export const modelsSchema = z.object({
  data: z.array(z.object({ id: z.string(), max_model_len: z.int().positive() })).min(1),
})

/** Parallel lists; keys are `token_id:12`, by `return_tokens_as_token_ids`. */
export const logprobsSchema = z.object({
  tokens: z.array(z.string()),
  top_logprobs: z.array(z.record(z.string(), z.number().nullable()).nullable()),
})

export const completionSchema = z.object({
  choices: z.array(
    z.object({
      index: z.int(),
      finish_reason: z.string().nullish(),
      logprobs: logprobsSchema.nullish(),
      /** Keyed by id, `null` for the first token, which nothing comes before. */
      prompt_logprobs: z.array(z.record(z.string(), z.object({ logprob: z.number().nullable() })).nullable()).nullish(),
    }),
  ),
})

export const tokensSchema = z.object({ tokens: z.array(z.int().nonnegative()) })
