import type { AnswerRequest } from '../member.ts'
import { chatBody, isPrefilled } from '../shared/chat-answer.ts'

/** What filters and penalties are sent as: the server else takes those of the model's generation_config. */
const unfiltered = { top_k: -1, min_p: 0, repetition_penalty: 1, presence_penalty: 0, frequency_penalty: 0, n: 1 }

/** Every sampling field, neutral. `ignore_eos` lets the end come as a token with its list, whatever else the server would stop at. */
const neutral = {
  ...unfiltered,
  temperature: 0,
  top_p: 1,
  echo: false,
  stop: [],
  stop_token_ids: [],
  min_tokens: 0,
  ignore_eos: true,
  skip_special_tokens: false,
  add_special_tokens: false,
}

export interface Asked {
  readonly model: string
  /** Token ids of one context, or of several. */
  readonly prompt: readonly number[] | readonly (readonly number[])[]
  readonly maxTokens: number
  readonly topK: number
}

/** Texts would collide where tokens are no whole characters, so tokens are named by id. */
export function completionBody({ model, prompt, maxTokens, topK }: Asked) {
  return { ...neutral, model, prompt, max_tokens: maxTokens, logprobs: topK, return_tokens_as_token_ids: true }
}

/** Lists along the prompt. Costs the server its prefix cache. */
export function scoreBody({ model, prompt, topK }: Omit<Asked, 'maxTokens'>) {
  return { ...neutral, model, prompt, max_tokens: 1, prompt_logprobs: topK }
}

/** An answer by the server's chat; a last message of the assistant's is gone on with. */
export function answerBody(
  { model, maxTopK }: { readonly model: string; readonly maxTopK: number },
  request: AnswerRequest,
) {
  const prefilled = isPrefilled(request)
  return {
    ...chatBody(model, { ...request, topK: Math.min(request.topK, maxTopK) }),
    ...unfiltered,
    max_tokens: request.maxTokens,
    add_generation_prompt: !prefilled,
    continue_final_message: prefilled,
  }
}
