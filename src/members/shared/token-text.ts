const encoder = new TextEncoder()

/** What decoders write for bytes that are no character: a token named by it may be any of many. */
const replacement = '\ufffd'

/** Names that servers list an end by where they name tokens by text. No token of text is likely to be written so. */
export const endNames: ReadonlySet<string> = new Set([
  '<|endoftext|>',
  '<|end_of_text|>',
  '<|eot_id|>',
  '<|im_end|>',
  '<|end|>',
  '<|return|>',
  '</s>',
  '<eos>',
  '<end_of_turn>',
])

/**
 * The bytes of a token that is named by text; null when the text does not tell. OpenAI writes a token that is no whole character as
 * `bytes:\xe2\x80` where tokens are keys.
 */
export function bytesOfText(text: string): Uint8Array | null {
  if (/^bytes:(\\x[0-9a-f]{2})+$/.test(text))
    return Uint8Array.from(Buffer.from(text.slice(6).replaceAll('\\x', ''), 'hex'))
  return text.includes(replacement) ? null : encoder.encode(text)
}
