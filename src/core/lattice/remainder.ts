/**
 * Pruned contexts are never asked for their lists, so nothing is known of what they would say; their share of the mass, the
 * remainder, is given to all bytes alike that are valid and that some token begins with. Without it a lattice
 * that has pruned every token border would hold most symbols for impossible, and one of them would cost an
 * infinite number of bits.
 */

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
