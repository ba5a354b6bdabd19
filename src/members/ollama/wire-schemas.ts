import { z } from 'zod'
import { tokensSchema } from '../shared/chat-answer.ts'

// What the adapter reads of Ollama's answers (its docs/api.md); the rest may change.

export const versionSchema = z.object({ version: z.string() })

export const showSchema = z.object({
  /** The modelfile's parameters, one a line. */
  parameters: z.string().nullish(),
  /** Among others `<architecture>.context_length`. */
  model_info: z.record(z.string(), z.unknown()).default({}),
})

/** A line of `/api/generate` or `/api/chat`. Several tokens, or none, may have come since the one before. */
export const lineSchema = z.object({
  response: z.string().nullish(),
  message: z.object({ content: z.string() }).nullish(),
  logprobs: tokensSchema,
  done: z.boolean(),
  done_reason: z.string().nullish(),
  prompt_eval_count: z.int().nullish(),
  eval_count: z.int().nullish(),
})
