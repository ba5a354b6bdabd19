import { endSymbol, symbolCount } from './symbols.ts'
import { type Utf8State, utf8Allows } from './utf8.ts'
import type { Vocabulary } from './vocabulary.ts'

/** Which symbols may come next, as 0 or 1 by symbol. */
export interface PossibleSymbols {
  /** Keeps the text valid UTF-8; the end is valid between characters. */
  readonly valid: Uint8Array
  /** Valid, and the end or a byte that some token begins with. */
  readonly begins: Uint8Array
  /** How many symbols `begins` holds. */
  readonly count: number
}

/** By vocabulary and by the range that a byte must lie in, of which UTF-8 has only a handful. */
const known = new WeakMap<Vocabulary, Map<number, PossibleSymbols>>()

export function possibleSymbols(vocabulary: Vocabulary, utf8: Utf8State): PossibleSymbols {
  const key = utf8.remaining === 0 ? 0 : utf8.low * 256 + utf8.high
  let ofVocabulary = known.get(vocabulary)
  if (ofVocabulary === undefined) {
    ofVocabulary = new Map()
    known.set(vocabulary, ofVocabulary)
  }
  let symbols = ofVocabulary.get(key)
  if (symbols === undefined) {
    symbols = findPossible(vocabulary, utf8)
    ofVocabulary.set(key, symbols)
  }
  return symbols
}

function findPossible(vocabulary: Vocabulary, utf8: Utf8State): PossibleSymbols {
  const valid = new Uint8Array(symbolCount)
  const begins = new Uint8Array(symbolCount)
  for (let byte = 0; byte < endSymbol; byte++) valid[byte] = utf8Allows(utf8, byte) ? 1 : 0
  valid[endSymbol] = utf8.remaining === 0 ? 1 : 0
  begins[endSymbol] = valid[endSymbol]
  const { firstChild, childCount, byte } = vocabulary.trie
  const first = firstChild[0] as number
  for (let child = first; child < first + (childCount[0] as number); child++) {
    begins[byte[child] as number] = valid[byte[child] as number] as number
  }
  return { valid, begins, count: begins.reduce((sum, one) => sum + one, 0) }
}
