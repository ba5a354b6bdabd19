import type { AnswerRequest } from '../member.ts'
import { chatBody, isPrefilled } from '../shared/chat-answer.ts'

/**
 * Every sampling field, neutral: the server else takes those of the model's generation_config. Log-probabilities are those after
 * the temperature, so it is 1, and the path is greedy by top-k: with temperature 0, lists of some versions hold 0 and −3.4e38.
 * `ignore_eos` lets the end come as a token with its list, whatever else the server would stop at.
 */
const neutral = {
  temperature: 1,
  top_k: 1,
  top_p: 1,
  min_p: 0,
  frequency_penalty: 0,
  presence_penalty: 0,
  repetition_penalty: 1,
  min_new_tokens: 0,
  n: 1,
  ignore_eos: true,
  skip_special_tokens: false,
  stop: [],
  stop_token_ids: [],
}

const listed = { return_logprob: true, return_text_in_logprobs: false }

/** @param ids of one context, or of several. */
export function generateBody(ids: readonly number[] | readonly (readonly number[])[], maxTokens: number, topK: number) {
  return {
    input_ids: ids,
    sampling_params: { ...neutral, max_new_tokens: maxTokens },
    ...listed,
    logprob_start_len: -1,
    top_logprobs_num: topK,
  }
}

/** Lists along the tokens after the one at `start`. */
export function scoreBody(ids: readonly number[], start: number, topK: number) {
  return { ...generateBody(ids, 0, topK), logprob_start_len: start }
}

/**
 * An answer by the server's chat; a last message of the assistant's is gone on with. Its log-probabilities are those after the
 * temperature. The seed is heard by servers of `--enable-deterministic-inference` alone.
 */
export function answerBody(model: string, request: AnswerRequest) {
  const { min_p, frequency_penalty, presence_penalty, repetition_penalty, n } = neutral
  const greedy = request.temperature === 0
  return {
    ...chatBody(model, { ...request, temperature: greedy ? 1 : request.temperature }),
    ...{ min_p, frequency_penalty, presence_penalty, repetition_penalty, n },
    top_k: greedy ? 1 : -1,
    max_tokens: request.maxTokens,
    continue_final_message: isPrefilled(request),
  }
}
