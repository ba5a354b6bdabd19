/**
 * What the server's lists are taken after, made neutral. Temperature, top-k, top-p and typical-p are left out: to name one turns
 * sampling on, and 1 is refused for the last two. Without any parameters the server samples.
 */
const neutral = {
  do_sample: false,
  repetition_penalty: 1,
  frequency_penalty: 0,
  watermark: false,
  stop: [],
  return_full_text: false,
  details: true,
  decoder_input_details: false,
}

/** @param inputs text, in front of which the server puts its beginning-of-sequence token. */
export function generateBody(inputs: string, maxTokens: number, topK: number) {
  return { inputs, parameters: { ...neutral, max_new_tokens: maxTokens, top_n_tokens: topK } }
}
