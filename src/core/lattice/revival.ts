import type { LatticeContext } from './context.ts'

/** A context left out by pruning, kept for a while in case the text goes its way after all. */
export interface PrunedContext {
  readonly context: LatticeContext
  /** Offset in the text at which the context ends, in bytes. */
  readonly position: number
  /** Natural logarithm of its weight. */
  readonly logWeight: number
}

/** The contexts pruned at or after `position`, heaviest first; equals in the order in which they were pruned. */
export function prunedSince(pruned: readonly PrunedContext[], position: number): PrunedContext[] {
  return pruned.filter((context) => context.position >= position).sort((a, b) => b.logWeight - a.logWeight)
}
