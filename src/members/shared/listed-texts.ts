import { fromListedTexts, type TextDistribution } from '../../core/distribution/text-distribution.ts'
import { fromListedTokens, type TokenDistribution } from '../../core/distribution/token-distribution.ts'
import { TuttiError } from '../../errors.ts'
import type { LoadedTokenizer } from '../../tokenizer/load-tokenizer.ts'
import { blame } from './failures.ts'
import type { ListShape } from './list-shape.ts'
import { bytesOfText, endNames } from './token-text.ts'

/** One entry of a list that names tokens by text. */
export interface TextEntry {
  readonly text: string
  /** Natural logarithm; null means "not listed". */
  readonly logProb: number | null
}

const nothing = new Uint8Array(0)

/**
 * The bytes of a named token: null for an end, none for a text that does not tell them.
 *
 * @param isEnd default: by the names that ends are listed by.
 */
export function tokenBytes(text: string, isEnd = endNames.has(text)): Uint8Array | null {
  return isEnd ? null : (bytesOfText(text) ?? nothing)
}

function sorted<Entry extends { readonly logProb: number | null }>(entries: readonly Entry[]) {
  return entries
    .map((entry) => ({ ...entry, logProb: entry.logProb ?? Number.NEGATIVE_INFINITY }))
    .sort((a, b) => (a.logProb < b.logProb ? 1 : a.logProb > b.logProb ? -1 : 0))
}

/** One entry of a list without ids, as `tokenBytes` tells its bytes. */
interface BytesEntry {
  readonly bytes: Uint8Array | null
  readonly logProb: number | null
}

/** A list without ids as a checked distribution. @throws TuttiError `invalid_distribution` with the member's name. */
export function toTextDistribution(entries: readonly BytesEntry[], topK: number, member: string): TextDistribution {
  try {
    return fromListedTexts(sorted(entries), topK)
  } catch (error) {
    throw blame(member, error)
  }
}

/** Ids by text: of special tokens by name, of others where one token alone has the bytes; null where the text does not tell. */
export function idsByText({ vocabulary, named }: LoadedTokenizer): (text: string) => number | null {
  const ids = new Map<string, number | null>()
  for (const [id, bytes] of vocabulary.bytes.entries()) {
    const key = keyOf(bytes)
    if (bytes.length > 0) ids.set(key, ids.has(key) ? null : id)
  }
  return (text) => {
    const bytes = bytesOfText(text)
    return named.get(text) ?? (bytes === null ? null : (ids.get(keyOf(bytes)) ?? null))
  }
}

function keyOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1')
}

/**
 * The same with the ids of a tokenizer file. The mass of entries whose text does not tell the token stays unlisted, and where there
 * are any, the list's least probability bounds nothing: others of that text may have been written over.
 *
 * @throws TuttiError `invalid_distribution`, `filtered_list` with the member's name.
 */
export function toKnownDistribution(
  entries: readonly TextEntry[],
  idOf: (text: string) => number | null,
  { vocabularySize, topK }: ListShape,
  member: string,
): TokenDistribution {
  const found = sorted(entries).map(({ text, logProb }) => ({ id: idOf(text), logProb }))
  const clear = found.flatMap(({ id, logProb }) => (id === null ? [] : [{ id, logProb }]))
  const hidden = found.length - clear.length
  if (clear.length === 0 && hidden > 0) return unclear(vocabularySize)
  if (hidden === 0 && found.length > 0 && found.length < Math.min(topK, vocabularySize)) {
    const why = `the server listed ${found.length} tokens where ${topK} were asked for: it filters`
    throw new TuttiError('filtered_list', `${member}: ${why}`, { member })
  }
  try {
    const distribution = fromListedTokens({
      ids: clear.map(({ id }) => id),
      logProbs: clear.map(({ logProb }) => logProb),
      vocabularySize,
      topK: Math.min(topK, clear.length),
    })
    return hidden === 0 ? distribution : { ...distribution, smallest: distribution.unlisted }
  } catch (error) {
    throw blame(member, error)
  }
}

/** A list of which no entry is clear: nothing is known. */
function unclear(vocabularySize: number): TokenDistribution {
  return { ids: new Int32Array(0), logProbs: new Float64Array(0), unlisted: 1, smallest: 1, vocabularySize }
}
