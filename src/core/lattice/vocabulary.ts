import { TuttiError } from '../../errors.ts'
import { compareBytes } from '../distribution/text-distribution.ts'
import { buildTrie, type Trie } from './trie.ts'

/** The bytes of every token of a tokenizer, and which tokens are not text. */
export interface VocabularySource {
  /** Bytes of each token by id; empty for tokens that are not text. */
  readonly bytes: readonly Uint8Array[]
  /** Ids that end a text (end of sequence, end of turn). */
  readonly end: readonly number[]
  /** Ids that are neither text nor an end (padding, beginning of sequence, roles, unused): excluded mass. */
  readonly control: readonly number[]
}

/**
 * A tokenizer as the lattice sees it. Text tokens are ranked by their bytes in lexicographic order, so that all tokens
 * that start with given bytes are one interval of ranks, and the trie's nodes are such intervals.
 */
export interface Vocabulary {
  readonly size: number
  /** Bytes of a token by id; empty for end and control tokens. */
  readonly bytes: readonly Uint8Array[]
  /** id → rank among text tokens, −1 for end and control tokens. */
  readonly rankOf: Int32Array
  /** rank → id. */
  readonly idAt: Int32Array
  readonly end: ReadonlySet<number>
  readonly control: ReadonlySet<number>
  readonly trie: Trie
  /** Bytes of the longest token: no text has fewer tokens than its bytes divided by this. */
  readonly longest: number
}

/** The tokens without the special ones (beginning of sequence) that come before the first of text. */
export function textTokens(tokens: Int32Array, { bytes }: Vocabulary): Int32Array {
  const first = tokens.findIndex((id) => (bytes[id] as Uint8Array).length > 0)
  return first < 0 ? new Int32Array(0) : tokens.subarray(first)
}

/**
 * @throws TuttiError `invalid_model` when a text token has no bytes, or an end or control id is out of range.
 */
export function defineVocabulary(source: VocabularySource): Vocabulary {
  const size = source.bytes.length
  const end = new Set(source.end)
  const control = new Set(source.control)
  for (const id of [...end, ...control]) {
    if (!Number.isInteger(id) || id < 0 || id >= size) {
      throw new TuttiError('invalid_model', `special token id ${id} is outside the vocabulary of ${size} tokens`)
    }
  }
  const text: number[] = []
  for (let id = 0; id < size; id++) {
    if (end.has(id) || control.has(id)) continue
    if ((source.bytes[id] as Uint8Array).length === 0) {
      throw new TuttiError('invalid_model', `token ${id} has no bytes and is neither an end nor a control token`)
    }
    text.push(id)
  }
  text.sort((a, b) => compareBytes(source.bytes[a] as Uint8Array, source.bytes[b] as Uint8Array) || a - b)
  const idAt = Int32Array.from(text)
  const rankOf = new Int32Array(size).fill(-1)
  for (let rank = 0; rank < idAt.length; rank++) rankOf[idAt[rank] as number] = rank
  const sorted = text.map((id) => source.bytes[id] as Uint8Array)
  const longest = sorted.reduce((most, { length }) => Math.max(most, length), 1)
  return { size, bytes: source.bytes, rankOf, idAt, end, control, trie: buildTrie(sorted), longest }
}
