/** A text that is known before anybody goes through it. */
export interface GivenText {
  readonly symbols: Int32Array
  /** For how many symbols to look ahead at a time: the lists of so many are in memory at once. */
  readonly stretch: number
}

/** List entries that are gathered ahead of the text. */
const mostEntries = 2 ** 19

/** @param topK length of the lists. */
export function givenText(symbols: Int32Array, topK: number): GivenText {
  return { symbols, stretch: Math.max(16, Math.min(1024, Math.floor(mostEntries / topK))) }
}
