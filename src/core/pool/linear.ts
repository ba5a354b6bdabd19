import type { Bounded, Fused } from './bounded.ts'

/**
 * The linear opinion pool q(x) = Σ w_m p_m(x) (Stone 1961), on intervals [Σ w·low, Σ w·high]. Weights are at least 0.
 * The total variation from the pool of full lists is at most Σ w·missing.
 */
export function linearPool(members: readonly Bounded[], weights: readonly number[]): Fused {
  const size = members[0]?.probabilities.length ?? 0
  const probabilities = new Float64Array(size)
  const low = new Float64Array(size)
  const high = new Float64Array(size)
  let missing = 0
  for (let m = 0; m < members.length; m++) {
    const member = members[m] as Bounded
    const weight = weights[m] as number
    missing += weight * member.missing
    for (let x = 0; x < size; x++) {
      probabilities[x] = (probabilities[x] as number) + weight * (member.probabilities[x] as number)
      low[x] = (low[x] as number) + weight * (member.low[x] as number)
      high[x] = (high[x] as number) + weight * (member.high[x] as number)
    }
  }
  return { probabilities, low, high, missing }
}
