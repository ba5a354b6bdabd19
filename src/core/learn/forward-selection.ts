export interface Selection {
  /** How often each member was taken; their shares are its weights. */
  readonly counts: readonly number[]
  readonly loss: number
}

/**
 * Greedy forward selection with replacement (Caruana et al. 2004): again and again the member is added with which the
 * ensemble loses least, one that is in already as well, and the best ensemble met on the way is kept. The first is the best
 * member alone, so the selection is never worse than that.
 *
 * @param loss of an ensemble in which each member counts as often as given.
 */
export function selectForward(
  members: number,
  loss: (counts: readonly number[]) => number,
  { rounds = 20 }: { readonly rounds?: number } = {},
): Selection {
  let current: Selection = { counts: new Array<number>(members).fill(0), loss: Number.POSITIVE_INFINITY }
  let best = current
  for (let round = 0; round < rounds; round++) {
    const candidates = current.counts.map((_, member): Selection => {
      const counts = current.counts.map((count, other) => (other === member ? count + 1 : count))
      return { counts, loss: loss(counts) }
    })
    current = candidates.reduce((least, candidate) => (candidate.loss < least.loss ? candidate : least))
    if (current.loss < best.loss) best = current
  }
  return best
}
