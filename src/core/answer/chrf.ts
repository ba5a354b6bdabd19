import { type Counts, countsOf, overlap } from './overlap.ts'

/** Longest character n-gram, and how much more recall weighs than precision. */
const longest = 6
const beta = 2

/** The character n-grams of a text, n from 1 to 6, white space left out. */
export type ChrFProfile = readonly Counts[]

export function chrFProfile(text: string): ChrFProfile {
  const characters = Array.from(text.replaceAll(/\s+/g, ''))
  return Array.from({ length: longest }, (_, index) => {
    const count = Math.max(0, characters.length - index)
    return countsOf(Array.from({ length: count }, (_, at) => characters.slice(at, at + index + 1).join('')))
  })
}

/**
 * chrF (Popović 2015, "chrF: character n-gram F-score for automatic MT evaluation", n = 6, β = 2) of one sentence, in [0, 1]: the
 * F-score of the n-grams' mean precision and mean recall. As in sacreBLEU, an order counts when both texts have n-grams of it.
 */
export function chrF(hypothesis: ChrFProfile, reference: ChrFProfile): number {
  let precision = 0
  let recall = 0
  hypothesis.forEach((own, order) => {
    const other = reference[order] as Counts
    if (own.total === 0 || other.total === 0) return
    const common = overlap(own, other)
    precision += common / own.total
    recall += common / other.total
  })
  // Both are sums over the same orders, so their number cancels out but for one factor.
  const orders = Math.min(...[hypothesis, reference].map((one) => one.filter(({ total }) => total > 0).length))
  if (orders === 0 || precision + recall === 0) return 0
  return ((1 + beta ** 2) * precision * recall) / (beta ** 2 * precision + recall) / orders
}
