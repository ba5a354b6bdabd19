import type { TokenDistribution } from '../distribution/token-distribution.ts'
import type { Vocabulary } from './vocabulary.ts'

/** Text tokens of a list in order of rank, with their probabilities. */
export interface Ranked {
  readonly ranks: Int32Array
  readonly probabilities: Float64Array
}

/** Up to this many entries are sorted by insertion, which allocates nothing. */
const shortList = 48

/** Room for the position of an entry beside its rank in one float64 integer. */
const positions = 2 ** 24

/** The `count` text tokens of a list by rank. */
export function byRank(distribution: TokenDistribution, vocabulary: Vocabulary, count: number): Ranked {
  const ranked = { ranks: new Int32Array(count), probabilities: new Float64Array(count) }
  if (count === vocabulary.idAt.length) placeAll(distribution, vocabulary, ranked)
  else if (count <= shortList) insertEach(distribution, vocabulary, ranked)
  else sortKeys(distribution, vocabulary, ranked)
  return ranked
}

/** Every rank is taken once, so each token has its place and nothing needs sorting. */
function placeAll(
  { ids, logProbs }: TokenDistribution,
  { rankOf }: Vocabulary,
  { ranks, probabilities }: Ranked,
): void {
  for (let i = 0; i < ids.length; i++) {
    const rank = rankOf[ids[i] as number] as number
    if (rank < 0) continue
    ranks[rank] = rank
    probabilities[rank] = Math.exp(logProbs[i] as number)
  }
}

function insertEach(
  { ids, logProbs }: TokenDistribution,
  { rankOf }: Vocabulary,
  { ranks, probabilities }: Ranked,
): void {
  let count = 0
  for (let i = 0; i < ids.length; i++) {
    const rank = rankOf[ids[i] as number] as number
    if (rank < 0) continue
    let at = count++
    for (; at > 0 && (ranks[at - 1] as number) > rank; at--) {
      ranks[at] = ranks[at - 1] as number
      probabilities[at] = probabilities[at - 1] as number
    }
    ranks[at] = rank
    probabilities[at] = Math.exp(logProbs[i] as number)
  }
}

/** Sorting one typed array of (rank, position) keys is several times faster than sorting pairs by a comparator. */
function sortKeys(
  { ids, logProbs }: TokenDistribution,
  { rankOf }: Vocabulary,
  { ranks, probabilities }: Ranked,
): void {
  const keys = new Float64Array(ranks.length)
  let count = 0
  for (let i = 0; i < ids.length; i++) {
    const rank = rankOf[ids[i] as number] as number
    if (rank >= 0) keys[count++] = rank * positions + i
  }
  keys.sort()
  for (let i = 0; i < count; i++) {
    const key = keys[i] as number
    const rank = Math.floor(key / positions)
    ranks[i] = rank
    probabilities[i] = Math.exp(logProbs[key - rank * positions] as number)
  }
}
