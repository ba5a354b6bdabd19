import type { Vocabulary } from './vocabulary.ts'

/**
 * What stands before a text where the model's tokenizer puts no token: the end of a text. Such models were trained on texts that
 * follow one another's end, and can't go on from nothing at all. Of several ends it is the lowest: those of turns in a talk
 * were added behind that of texts. Empty for a vocabulary without an end.
 */
export function beginningOf({ end }: Vocabulary): Int32Array {
  return end.size === 0 ? new Int32Array(0) : Int32Array.of(Math.min(...end))
}
