import type { ByteConditional } from './conditional.ts'
import { endSymbol } from './symbols.ts'
import { type Utf8State, utf8Allows } from './utf8.ts'
import type { Vocabulary } from './vocabulary.ts'

/** What is left of the remainder after one more byte: the text that came is evidence for the live hypotheses. */
const kept = 1 / 4
/** Once a context has been pruned no symbol is impossible again. */
const least = 1e-9

/**
 * Share of a member's mass that belongs to pruned contexts, which are never asked for their lists: after an advance that
 * pruned `pruned`, where it was `remainder` before.
 */
export function remainderAfter(remainder: number, pruned: number): number {
  const share = remainder * kept + pruned
  return share > 0 ? Math.max(share, least) : 0
}

/**
 * Gives the remainder, of which nothing is known, to all symbols alike that are valid and that some token begins with. Without
 * it a lattice that has pruned every token border would hold most symbols for impossible, and one of them would cost
 * an infinite number of bits.
 */
export function withRemainder(
  conditional: ByteConditional,
  remainder: number,
  vocabulary: Vocabulary,
  utf8: Utf8State,
): ByteConditional {
  if (remainder === 0) return conditional
  const possible: number[] = utf8.remaining === 0 ? [endSymbol] : []
  const { firstChild, childCount, byte } = vocabulary.trie
  for (let child = firstChild[0] as number, left = childCount[0] as number; left > 0; child++, left--) {
    if (utf8Allows(utf8, byte[child] as number)) possible.push(byte[child] as number)
  }
  const each = possible.length === 0 ? 0 : remainder / possible.length
  const mixed = (values: Float64Array) => {
    const result = values.map((value) => value * (1 - remainder))
    for (const symbol of possible) result[symbol] = (result[symbol] as number) + each
    return result
  }
  return {
    ...conditional,
    probabilities: mixed(conditional.probabilities),
    low: mixed(conditional.low),
    high: mixed(conditional.high),
    missing: conditional.missing * (1 - remainder),
  }
}
