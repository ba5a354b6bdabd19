import { endSymbol, symbolCount } from './symbols.ts'
import { type Utf8State, utf8Allows, utf8Next } from './utf8.ts'
import type { Vocabulary } from './vocabulary.ts'

/** Which symbols may come next, as 0 or 1 by symbol. */
export interface PossibleSymbols {
  /** Keeps the text valid UTF-8; the end is valid between characters. */
  readonly valid: Uint8Array
  /** Valid, and what some token begins with. The end is not: it takes a token border to be likely at all. */
  readonly begins: Uint8Array
  /** How many symbols `begins` holds. */
  readonly count: number
}

/** The bytes that may come next, and the end. */
export const possibleBytes = remembered(findPossibleBytes)

/** The tokens that may come next, by id, and one end. */
export const possibleTokens = remembered(findPossibleTokens)

type Finder = (vocabulary: Vocabulary, utf8: Utf8State) => PossibleSymbols

/** Remembers by vocabulary and by the place inside a character, of which UTF-8 has only a handful. */
function remembered(find: Finder): Finder {
  const known = new WeakMap<Vocabulary, Map<number, PossibleSymbols>>()
  return (vocabulary, utf8) => {
    const key = (utf8.remaining * 256 + utf8.low) * 256 + utf8.high
    let ofVocabulary = known.get(vocabulary)
    if (ofVocabulary === undefined) {
      ofVocabulary = new Map()
      known.set(vocabulary, ofVocabulary)
    }
    let symbols = ofVocabulary.get(key)
    if (symbols === undefined) {
      symbols = find(vocabulary, utf8)
      ofVocabulary.set(key, symbols)
    }
    return symbols
  }
}

function findPossibleBytes(vocabulary: Vocabulary, utf8: Utf8State): PossibleSymbols {
  const valid = new Uint8Array(symbolCount)
  const begins = new Uint8Array(symbolCount)
  for (let byte = 0; byte < endSymbol; byte++) valid[byte] = utf8Allows(utf8, byte) ? 1 : 0
  valid[endSymbol] = utf8.remaining === 0 ? 1 : 0
  const { firstChild, childCount, byte } = vocabulary.trie
  const first = firstChild[0] as number
  for (let child = first; child < first + (childCount[0] as number); child++) {
    begins[byte[child] as number] = valid[byte[child] as number] as number
  }
  return { valid, begins, count: begins.reduce((sum, one) => sum + one, 0) }
}

function findPossibleTokens(vocabulary: Vocabulary, utf8: Utf8State): PossibleSymbols {
  const valid = new Uint8Array(vocabulary.size + 1)
  for (const id of vocabulary.idAt) valid[id] = continuesUtf8(vocabulary.bytes[id] as Uint8Array, utf8) ? 1 : 0
  valid[vocabulary.size] = utf8.remaining === 0 ? 1 : 0
  return { valid, begins: valid, count: valid.reduce((sum, one) => sum + one, 0) }
}

function continuesUtf8(bytes: Uint8Array, from: Utf8State): boolean {
  let utf8 = from
  for (const byte of bytes) {
    if (!utf8Allows(utf8, byte)) return false
    utf8 = utf8Next(utf8, byte)
  }
  return true
}
