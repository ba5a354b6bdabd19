import { z } from 'zod'
import { usageSchema } from '../shared/server-usage.ts'

// What the adapter reads of vLLM's OpenAI-compatible server (vllm/entrypoints/openai/protocol.py); the rest may change.

export const modelEntry = z.object({ id: z.string(), max_model_len: z.int().positive() })

/** Keyed by id, `null` for the first token, which nothing comes before. */
const promptLists = z.array(z.record(z.string(), z.object({ logprob: z.number().nullable() })).nullable()).nullish()

export const scoreSchema = z.object({
  choices: z.array(z.object({ prompt_logprobs: promptLists })),
  usage: usageSchema,
})

export const tokensSchema = z.object({ tokens: z.array(z.int().nonnegative()) })
