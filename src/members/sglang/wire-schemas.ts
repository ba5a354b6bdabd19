import { z } from 'zod'

// What the adapter reads of SGLang's native server (python/sglang/srt/entrypoints/http_server.py and
// srt/managers/tokenizer_manager.py); the rest may change.

const finishReason = z.object({
  type: z.string(),
  /** Of an `abort`. */
  message: z.string().nullish(),
  status_code: z.int().nullish(),
})

/** Entries of lists are checked where they are read: a stream repeats them in every event. */
const logprobs = z.array(z.unknown()).nullish()

export const metaSchema = z.object({
  finish_reason: finishReason.nullish(),
  prompt_tokens: z.int().nullish(),
  cached_tokens: z.int().nullish(),
  completion_tokens: z.int().nonnegative().nullish(),
  output_token_logprobs: logprobs,
  output_top_logprobs: logprobs,
  input_token_logprobs: logprobs,
  input_top_logprobs: logprobs,
})

/** A whole answer, or one event of a stream. */
export const answerSchema = z.object({ meta_info: metaSchema })

export const modelEntry = z.object({
  id: z.string(),
  root: z.string().nullish(),
  max_model_len: z.int().positive().nullish(),
})

/** The scheduler's own limit, which memory may set below the model's. */
export const serverInfoSchema = z.object({
  max_req_input_len: z.int().positive().nullish(),
  context_length: z.int().positive().nullish(),
})

export const tokensSchema = z.object({ tokens: z.array(z.int().nonnegative()) })
