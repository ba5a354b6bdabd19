/** What filters and penalties are sent as: the server's own defaults warp (top-k 40, min-p 0.05), or whoever started it set others. */
export const unfiltered = {
  dynatemp_range: 0,
  top_k: 0,
  min_p: 0,
  top_n_sigma: -1,
  typical_p: 1,
  xtc_probability: 0,
  repeat_penalty: 1,
  presence_penalty: 0,
  frequency_penalty: 0,
  dry_multiplier: 0,
  mirostat: 0,
  ignore_eos: false,
  n_keep: 0,
  cache_prompt: true,
}

/** Every sampling field, neutral. The reported log-probabilities are the model's own in any case. */
const neutral = {
  ...unfiltered,
  temperature: 0,
  top_p: 1,
  grammar: '',
  stop: [],
  return_tokens: true,
  post_sampling_probs: false,
}

/** A stream of the model's own greedy continuation. */
export function streamBody(prompt: readonly number[], maxTokens: number, topK: number) {
  return { ...neutral, prompt, n_predict: maxTokens, n_probs: topK, stream: true }
}

/**
 * One list after each prompt. A sampled token that leaves a character unfinished has no entry, so the sampler is made to
 * take `forced`, which is whole text; the list is the same whatever is taken.
 */
export function listBody(prompt: readonly number[] | readonly (readonly number[])[], topK: number, forced: number) {
  return { ...neutral, prompt, n_predict: 1, n_probs: topK, stream: false, logit_bias: [[forced, 1000]] }
}
