import { createHash } from 'node:crypto'
import type { VocabularySource } from '../core/lattice/vocabulary.ts'
import { TuttiError } from '../errors.ts'
import { readTokenBytes } from './token-bytes.ts'
import type { TokenizerFiles } from './tokenizer-files.ts'

/** The vocabulary as the worker serves it: bytes and special ids of all tokens that the model scores. */
export interface TokenTable {
  readonly size: number
  /** Bytes of each token by id; empty for end and control tokens. */
  readonly bytes: readonly Uint8Array[]
  readonly end: ReadonlySet<number>
  readonly control: readonly number[]
  readonly beginning: number | null
  /** SHA-256, hexadecimal, over id → bytes and the special ids; equal tables have equal fingerprints. */
  readonly fingerprint: string
}

/** SHA-256, hexadecimal, over id → bytes and the special ids, which are in ascending order. */
export function fingerprintOf(
  bytes: readonly Uint8Array[],
  end: readonly number[],
  control: readonly number[],
): string {
  const hash = createHash('sha256')
  hash.update(JSON.stringify({ size: bytes.length, end, control }))
  hash.update(Int32Array.from(bytes, (token) => token.length))
  for (const token of bytes) hash.update(token)
  return hash.digest('hex')
}

/**
 * @param size the last dimension of the model's logits, which may exceed the tokenizer's vocabulary (padding).
 * @throws TuttiError `invalid_model` when an end or beginning id is out of range.
 */
export function defineTokenTable(files: TokenizerFiles, size: number): TokenTable {
  const read = readTokenBytes(files.tokenizer, size)
  for (const id of [...files.end, ...(files.beginning === null ? [] : [files.beginning])]) {
    if (id < 0 || id >= size) {
      throw new TuttiError('invalid_model', `config.json: special token ${id} is outside the model's ${size} tokens`)
    }
  }
  const end = [...files.end].sort((a, b) => a - b)
  const control: number[] = []
  const bytes = read.bytes.map((token, id) => {
    if (end.includes(id)) return new Uint8Array(0)
    if (read.special.has(id) || token.length === 0) control.push(id)
    return token
  })
  return {
    size,
    bytes,
    end: new Set(end),
    control,
    beginning: files.beginning,
    fingerprint: fingerprintOf(bytes, end, control),
  }
}

/** The table as the lattice takes it. */
export function toSource({ bytes, end, control }: TokenTable): VocabularySource {
  return { bytes, end: [...end], control }
}
