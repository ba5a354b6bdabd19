import type { TokenDistribution } from '../distribution/token-distribution.ts'
import { byRank } from './by-rank.ts'
import type { Vocabulary } from './vocabulary.ts'

/**
 * A token distribution laid out for the lattice: text tokens by rank, so that the tokens under a trie node are one
 * stretch, and completed to a full distribution: the unlisted mass lies evenly on the unlisted vocabulary.
 */
export interface CompletedList {
  /** Ranks of the listed text tokens, ascending. */
  readonly ranks: Int32Array
  /** Probabilities, parallel to `ranks`. */
  readonly probabilities: Float64Array
  /** How many tokens are listed, ends and control tokens among them. */
  readonly listed: number
  /** Probability given to each unlisted token. */
  readonly unlistedEach: number
  /** Mass that the list hides. */
  readonly unlisted: number
  /** No unlisted token is likelier than this. */
  readonly unlistedCap: number
  /** Listed probability that the text ends here, and how many end tokens are unlisted. */
  readonly end: number
  readonly unlistedEnds: number
  /** Completed probability of control tokens: mass outside every text. */
  readonly excluded: number
}

/**
 * Least mass that an incomplete list hides. Listed float32 probabilities may sum to 1 or more, but no token is
 * impossible: a lattice whose text a member holds for impossible could not go on.
 */
const roundedAway = 1e-12

/** What stands for the unlisted mass where one number is needed: `spread` evenly over the unlisted tokens, or left out. */
export type UnlistedPolicy = 'spread' | 'renormalise'

/**
 * @param policy with `renormalise` an unlisted token keeps next to nothing, so that no token is impossible. The bounds
 *   are the same either way.
 */
export function completeList(
  distribution: TokenDistribution,
  vocabulary: Vocabulary,
  policy: UnlistedPolicy = 'spread',
): CompletedList {
  const { ids, logProbs, unlisted, vocabularySize } = distribution
  let end = 0
  let listedEnds = 0
  let control = 0
  let listedControls = 0
  let text = 0
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i] as number
    if ((vocabulary.rankOf[id] as number) >= 0) text++
    else if (vocabulary.end.has(id)) {
      end += Math.exp(logProbs[i] as number)
      listedEnds++
    } else {
      control += Math.exp(logProbs[i] as number)
      listedControls++
    }
  }
  const { ranks, probabilities } = byRank(distribution, vocabulary, text)
  const unlistedTokens = vocabularySize - ids.length
  const hidden = unlistedTokens === 0 ? 0 : Math.max(unlisted, roundedAway)
  const unlistedEach = unlistedTokens === 0 ? 0 : (policy === 'spread' ? hidden : roundedAway) / unlistedTokens
  return {
    ranks,
    probabilities,
    listed: ids.length,
    unlistedEach,
    unlisted: hidden,
    unlistedCap: Math.min(hidden, distribution.smallest),
    end,
    unlistedEnds: vocabulary.end.size - listedEnds,
    excluded: control + unlistedEach * (vocabulary.control.size - listedControls),
  }
}

/** Index of the first listed rank that is at least `rank`. */
export function firstAtLeast(list: CompletedList, rank: number): number {
  const { ranks } = list
  // A list of the whole vocabulary holds rank i at index i.
  if (rank < ranks.length && ranks[rank] === rank) return rank
  let from = 0
  let to = ranks.length
  while (from < to) {
    const middle = (from + to) >> 1
    if ((ranks[middle] as number) < rank) from = middle + 1
    else to = middle
  }
  return from
}

/** Completed probability of the tokens with ranks in [low, high). */
export function massOfRanks(list: CompletedList, low: number, high: number): number {
  let index = firstAtLeast(list, low)
  const start = index
  let sum = 0
  while (index < list.ranks.length && (list.ranks[index] as number) < high) sum += list.probabilities[index++] as number
  return sum + (high - low - (index - start)) * list.unlistedEach
}
