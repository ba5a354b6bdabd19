import { childOf, hasLonger } from './trie.ts'
import type { Vocabulary } from './vocabulary.ts'

/** Longest stretch of prompt that healing looks back over, in bytes; bounds the work for vocabularies with runs of blanks. */
const longestLookBack = 64

/** Offset of the first byte at which a token that crosses the end of `text` could begin; the length when none can. */
function firstCrossing(text: Uint8Array, vocabulary: Vocabulary): number {
  const { trie } = vocabulary
  for (let start = Math.max(0, text.length - longestLookBack); start < text.length; start++) {
    let node = 0
    for (let i = start; i < text.length && node >= 0; i++) node = childOf(trie, node, text[i] as number)
    if (node >= 0 && hasLonger(trie, node)) return start
  }
  return text.length
}

/**
 * Where a lattice starts: the tokens it takes for certain, the bytes behind them that it must still go through, and the
 * tokens that the member's own tokenization has for those bytes.
 */
export interface Root {
  readonly tokens: Int32Array
  readonly rest: Uint8Array
  readonly own: Int32Array
}

/**
 * Heals a prompt that may end inside a token: the root is the last border of the prompt's own tokenization from which
 * every token that could cross the prompt's end is still reachable. Tokens of no bytes (beginning of sequence) stay.
 * A tokenizer that rewrites its text (normalisation) leaves nothing to line bytes up with: its tokens are taken whole.
 * The first `given` tokens are no part of the text and stay as they are.
 */
export function healedRoot(tokens: Int32Array, text: Uint8Array, vocabulary: Vocabulary, given = 0): Root {
  let total = 0
  for (const id of tokens.subarray(given)) total += (vocabulary.bytes[id] as Uint8Array).length
  if (!spells(tokens.subarray(given), text, vocabulary, total - text.length)) return whole(tokens)
  // Some tokenizers put one blank before the text; their tokens spell it too.
  const crossing = firstCrossing(text, vocabulary) + (total - text.length)
  let count = tokens.length
  let border = total
  while (count > given && border > crossing) {
    count--
    border -= (vocabulary.bytes[tokens[count] as number] as Uint8Array).length
  }
  const start = border - (total - text.length)
  return start < 0
    ? whole(tokens)
    : { tokens: tokens.subarray(0, count), rest: text.subarray(start), own: tokens.subarray(count) }
}

/**
 * The root with a token in it where healing has left none, as no model goes on from nothing: behind `beginning`, or, where that is
 * empty, behind the prompt's own first token, which is then not healed. An empty prompt without a beginning has neither.
 */
export function begunRoot(root: Root, beginning: Int32Array, { bytes }: Vocabulary): Root {
  const { tokens, rest, own } = root
  if (tokens.length > 0) return root
  if (beginning.length > 0) return { ...root, tokens: beginning }
  const [first] = own
  if (first === undefined) return root
  return { tokens: own.subarray(0, 1), rest: rest.subarray((bytes[first] as Uint8Array).length), own: own.subarray(1) }
}

function whole(tokens: Int32Array): Root {
  return { tokens, rest: new Uint8Array(0), own: new Int32Array(0) }
}

/** Whether the tokens' bytes, after the first `skip`, are the text. */
function spells(tokens: Int32Array, text: Uint8Array, vocabulary: Vocabulary, skip: number): boolean {
  if (skip < 0) return false
  let offset = -skip
  for (const id of tokens) {
    for (const byte of vocabulary.bytes[id] as Uint8Array) {
      if (offset >= 0 && text[offset] !== byte) return false
      offset++
    }
  }
  return offset === text.length
}
