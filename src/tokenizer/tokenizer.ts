import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers'
import { TuttiError } from '../errors.ts'
import type { TokenizerFiles } from './tokenizer-files.ts'

export interface EncodeOptions {
  /** Put the tokens round the text that the tokenizer's post-processor puts there, such as the beginning-of-sequence token. */
  readonly addSpecialTokens: boolean
  /**
   * Read `<|endoftext|>` and the like inside the text as special tokens. Off, they are text: what a user types can't
   * end a context, and the bytes of the tokens are the bytes of the text.
   */
  readonly parseSpecialTokens: boolean
}

export interface Tokenizer {
  encode(text: string, options: EncodeOptions): Int32Array
}

interface AddedToken {
  readonly id: number
  readonly content: string
  readonly special?: boolean
}

/** The tokenizer file with its special tokens known by id (for the post-processor) but not looked for in texts. */
function withoutSpecialParsing(file: TokenizerFiles['tokenizer']): Record<string, unknown> {
  const added = (file['added_tokens'] ?? []) as AddedToken[]
  const special = added.filter((token) => token.special)
  const model = file['model'] as { vocab: Record<string, number> }
  return {
    ...file,
    added_tokens: added.filter((token) => !token.special),
    model: { ...model, vocab: { ...model.vocab, ...Object.fromEntries(special.map((t) => [t.content, t.id])) } },
  }
}

function load(tokenizer: object, config: object): HuggingFaceTokenizer {
  try {
    return new HuggingFaceTokenizer(tokenizer, config)
  } catch (cause) {
    throw new TuttiError('invalid_model', `tokenizer.json: ${(cause as Error).message}`, { cause })
  }
}

/** @throws TuttiError `invalid_model` when the tokenizer can't be built. */
export function defineTokenizer(files: TokenizerFiles): Tokenizer {
  const literal = load(withoutSpecialParsing(files.tokenizer), files.tokenizerConfig)
  // Twice the tables of a large vocabulary: built only for whom asks.
  let parsing: HuggingFaceTokenizer | null = null
  return {
    encode: (text, options) => {
      if (options.parseSpecialTokens) parsing ??= load(files.tokenizer, files.tokenizerConfig)
      const tokenizer = options.parseSpecialTokens && parsing !== null ? parsing : literal
      // A lone surrogate has no UTF-8; it becomes U+FFFD here rather than a hole in the tokens.
      const { ids } = tokenizer.encode(text.toWellFormed(), { add_special_tokens: options.addSpecialTokens })
      return Int32Array.from(ids)
    },
  }
}
