import { fromListedTokens, type TokenDistribution } from '../../core/distribution/token-distribution.ts'
import { blame } from './failures.ts'
import type { ListShape } from './list-shape.ts'

/** One entry of a list as a server sent it. */
export interface Entry {
  readonly id: number
  /** Natural logarithm; null and NaN mean "not listed". */
  readonly logProb: number | null
}

/**
 * A server's list as a checked distribution. A sampled token that came first, or was appended, finds its place by rank.
 *
 * @throws TuttiError `invalid_distribution`, `filtered_list` with the member's name.
 */
export function toDistribution(
  entries: readonly Entry[],
  { vocabularySize, topK }: ListShape,
  member: string,
): TokenDistribution {
  const value = ({ logProb }: Entry) => (logProb === null || Number.isNaN(logProb) ? Number.NEGATIVE_INFINITY : logProb)
  const inOrder = entries.every((entry, i) => i === 0 || value(entries[i - 1] as Entry) >= value(entry))
  // Not by difference: that of two infinities is NaN, which leaves a sort undefined.
  const sorted = inOrder
    ? entries
    : entries.toSorted((a, b) => (value(a) < value(b) ? 1 : value(a) > value(b) ? -1 : 0))
  try {
    return fromListedTokens({
      ids: sorted.map(({ id }) => id),
      logProbs: sorted.map(value),
      vocabularySize,
      topK,
    })
  } catch (error) {
    throw blame(member, error)
  }
}

/** The likeliest token of a list; the least id of equals. */
export function argmax({ ids, logProbs }: TokenDistribution): number {
  let best = -1
  let most = Number.NEGATIVE_INFINITY
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i] as number
    const logProb = logProbs[i] as number
    if (logProb > most || (logProb === most && id < best)) {
      best = id
      most = logProb
    }
  }
  return best
}
