import type { TokenDistribution } from '../distribution/token-distribution.ts'
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

/** Room for the position of an entry beside its rank in one float64 integer. */
const positions = 2 ** 24

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
  const text: number[] = []
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i] as number
    if ((vocabulary.rankOf[id] as number) >= 0) text.push(i)
    else if (vocabulary.end.has(id)) {
      end += Math.exp(logProbs[i] as number)
      listedEnds++
    } else {
      control += Math.exp(logProbs[i] as number)
      listedControls++
    }
  }
  const { ranks, probabilities } = byRank(text, distribution, vocabulary)
  const unlistedTokens = vocabularySize - ids.length
  const hidden = unlistedTokens === 0 ? 0 : Math.max(unlisted, roundedAway)
  const unlistedEach = unlistedTokens === 0 ? 0 : (policy === 'spread' ? hidden : roundedAway) / unlistedTokens
  return {
    ranks,
    probabilities,
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

/** The listed text tokens at positions `text`, in order of rank. */
function byRank(
  text: readonly number[],
  { ids, logProbs }: TokenDistribution,
  vocabulary: Vocabulary,
): Pick<CompletedList, 'ranks' | 'probabilities'> {
  const ranks = new Int32Array(text.length)
  const probabilities = new Float64Array(text.length)
  if (text.length === vocabulary.idAt.length) {
    // Every rank is taken once, so each token has its place and nothing needs sorting.
    for (const i of text) {
      const rank = vocabulary.rankOf[ids[i] as number] as number
      ranks[rank] = rank
      probabilities[rank] = Math.exp(logProbs[i] as number)
    }
    return { ranks, probabilities }
  }
  if (text.length <= shortList) sortShort(text, { ids, logProbs }, vocabulary, ranks, probabilities)
  else sortLong(text, { ids, logProbs }, vocabulary, ranks, probabilities)
  return { ranks, probabilities }
}

type Listed = Pick<TokenDistribution, 'ids' | 'logProbs'>

/** Up to this many entries are sorted by insertion, which allocates nothing. */
const shortList = 48

function sortShort(
  text: readonly number[],
  { ids, logProbs }: Listed,
  vocabulary: Vocabulary,
  ranks: Int32Array,
  probabilities: Float64Array,
): void {
  for (let i = 0; i < text.length; i++) {
    const position = text[i] as number
    const rank = vocabulary.rankOf[ids[position] as number] as number
    const probability = Math.exp(logProbs[position] as number)
    let at = i
    for (; at > 0 && (ranks[at - 1] as number) > rank; at--) {
      ranks[at] = ranks[at - 1] as number
      probabilities[at] = probabilities[at - 1] as number
    }
    ranks[at] = rank
    probabilities[at] = probability
  }
}

function sortLong(
  text: readonly number[],
  { ids, logProbs }: Listed,
  vocabulary: Vocabulary,
  ranks: Int32Array,
  probabilities: Float64Array,
): void {
  // Sorting one typed array of (rank, position) keys is several times faster than sorting pairs by a comparator.
  const keys = new Float64Array(text.length)
  for (let i = 0; i < keys.length; i++) {
    const position = text[i] as number
    keys[i] = (vocabulary.rankOf[ids[position] as number] as number) * positions + position
  }
  keys.sort()
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as number
    const rank = Math.floor(key / positions)
    ranks[i] = rank
    probabilities[i] = Math.exp(logProbs[key - rank * positions] as number)
  }
}
