import { isUtf8 } from 'node:buffer'
import type { Vocabulary } from '../core/lattice/vocabulary.ts'
import { TuttiError } from '../errors.ts'
import type { ChatMessage } from '../members/member.ts'

/** What a request goes on from; `text` is the part of it that is the same for all members, valid UTF-8. */
export type Prompt =
  | { readonly kind: 'text'; readonly text: Uint8Array }
  /** Ids of the lead member's vocabulary and the bytes of each; those that all members share are taken as they are. */
  | {
      readonly kind: 'tokens'
      readonly text: Uint8Array
      readonly tokens: Int32Array
      readonly pieces: readonly Uint8Array[]
    }
  /** Messages that each member renders in its own template, and the text that its answer is to begin with. */
  | { readonly kind: 'chat'; readonly text: Uint8Array; readonly messages: readonly ChatMessage[] }
  /** The beginning of a text, with its first blanks if any are known, behind special tokens of the lead member if any are given. */
  | { readonly kind: 'beginning'; readonly text: Uint8Array; readonly front: Int32Array }

export type PromptInput =
  | string
  | readonly number[]
  | { readonly messages: readonly ChatMessage[]; readonly prefill: string }

const encoder = new TextEncoder()

/**
 * @param vocabulary of the lead member, whose ids a prompt may be given in.
 * @throws TuttiError `unknown_token`, or `invalid_request` for ids that are no text; both name the place; and what `vocabulary` throws.
 */
export function readPrompt(input: PromptInput, vocabulary: () => Vocabulary, param: string): Prompt {
  if (typeof input === 'string') return { kind: 'text', text: encoder.encode(input) }
  if ('messages' in input) return { kind: 'chat', text: encoder.encode(input.prefill), messages: input.messages }
  const pieces = piecesOf(input, vocabulary(), param)
  const text = new Uint8Array(Buffer.concat(pieces))
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(text)
  } catch (cause) {
    throw new TuttiError('invalid_request', `\`${param}\`: the tokens do not spell whole characters (UTF-8)`, {
      param,
      cause,
    })
  }
  return { kind: 'tokens', text, tokens: Int32Array.from(input), pieces }
}

/** A prompt with bytes of output behind it; null where these end inside a character, and for what is no text. */
export function behind(prompt: Prompt, bytes: readonly number[]): Prompt | null {
  const output = Uint8Array.from(bytes)
  if (prompt.kind === 'beginning' || !isUtf8(output)) return null
  const text = new Uint8Array(Buffer.concat([prompt.text, output]))
  if (prompt.kind === 'chat') return { ...prompt, text }
  // Behind an empty prompt is the beginning of a text, and was when the member was first asked.
  return prompt.text.length > 0 ? { kind: 'text', text } : { kind: 'beginning', text, front: new Int32Array(0) }
}

/** How many special tokens stand before the first of text. */
export function specialFront(pieces: readonly Uint8Array[]): number {
  const first = pieces.findIndex(({ length }) => length > 0)
  return first < 0 ? pieces.length : first
}

/** The error of a chat that a member can take no part in. */
export function noChat(member: string): TuttiError {
  return new TuttiError('unsupported_parameter', `member "${member}" has no chat template; use \`/v1/completions\``, {
    param: 'messages',
    member,
  })
}

/** The error of a request in the tokens of a lead member whose vocabulary nobody knows. */
export function unknownVocabulary(member: string, param: string): TuttiError {
  return new TuttiError('unsupported_parameter', `the vocabulary of the lead member "${member}" is not known`, {
    param,
    member,
  })
}

/** The bytes of each token. Special tokens may stand at the front only: what follows one is another text. */
function piecesOf(tokens: readonly number[], { bytes, size }: Vocabulary, param: string): Uint8Array[] {
  let begun = false
  return tokens.map((token, index) => {
    const place = `${param}[${index}]`
    if (token >= size) {
      throw new TuttiError('unknown_token', `\`${place}\`: token ${token} is not in the vocabulary of ${size} tokens`, {
        param: place,
      })
    }
    const own = bytes[token] as Uint8Array
    if (own.length === 0 && begun) {
      throw new TuttiError(
        'invalid_request',
        `\`${place}\`: token ${token} is a special token, which may only stand at the front`,
        { param: place },
      )
    }
    begun ||= own.length > 0
    return own
  })
}
