import { endSymbol, symbolCount } from './symbols.ts'
import type { Vocabulary } from './vocabulary.ts'

export type Granularity = 'byte' | 'token'

/** The symbols that a pool works on. */
export interface Alphabet {
  readonly granularity: Granularity
  /** How many symbols there are, the end among them. */
  readonly size: number
  /** The symbol for every way a text can end: the last. */
  readonly end: number
  /** Bytes that a symbol adds to the text; none for the end. */
  bytesOf(symbol: number): Uint8Array
}

const nothing = new Uint8Array(0)
const singleBytes = Array.from({ length: endSymbol }, (_, byte) => Uint8Array.of(byte))

/** The bytes 0–255, and the end. */
export const byteAlphabet: Alphabet = {
  granularity: 'byte',
  size: symbolCount,
  end: endSymbol,
  bytesOf: (symbol) => singleBytes[symbol] ?? nothing,
}

/** The ids of a vocabulary, and one end for all its end tokens. */
export function tokenAlphabet(vocabulary: Vocabulary): Alphabet {
  return {
    granularity: 'token',
    size: vocabulary.size + 1,
    end: vocabulary.size,
    bytesOf: (symbol) => vocabulary.bytes[symbol] ?? nothing,
  }
}
