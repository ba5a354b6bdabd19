import type { Vocabulary } from '../../core/lattice/vocabulary.ts'

/** What a model is asked to spell: plain text, and characters of two, three and four bytes. */
export const plainText = 'The people of the state, 1984'
export const manyBytes = 'Naïve café, 日本 😀 and so'

export interface Spelling {
  /** The tokens' bytes are the text; a space that some tokenizers put before it is no fault. */
  readonly exact: boolean
  /** What the bytes say instead. */
  readonly said: string
  /** Tokens without bytes before the first of text: a beginning of sequence. */
  readonly front: readonly number[]
  /** Tokens of text. */
  readonly tokens: readonly number[]
}

export function spelling(tokens: Int32Array, { bytes }: Vocabulary, text: string): Spelling {
  const lengthOf = (token: number) => bytes[token]?.length ?? 0
  const all = Array.from(tokens)
  const first = all.findIndex((token) => lengthOf(token) > 0)
  const front = first < 0 ? all : all.slice(0, first)
  const rest = all.filter((token) => lengthOf(token) > 0)
  const said = Buffer.concat(rest.map((token) => bytes[token] as Uint8Array)).toString('utf8')
  const unknown = all.some((token) => token >= bytes.length)
  return { exact: !unknown && (said === text || said === ` ${text}`), said, front, tokens: rest }
}
