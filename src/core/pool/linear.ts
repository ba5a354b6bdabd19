import type { Bounded, Fused } from './bounded.ts'

/**
 * The linear opinion pool q(x) = Σ w_m p_m(x) (Stone 1961), on intervals [Σ w·low, Σ w·high]. Weights are at least 0.
 * The total variation from the pool of full lists is at most Σ w·missing.
 */
export function linearPool(members: readonly Bounded[], weights: readonly number[]): Fused {
  const size = members[0]?.probabilities.length ?? 0
  const probabilities = new Float64Array(size)
  let missing = 0
  for (let m = 0; m < members.length; m++) {
    const member = members[m] as Bounded
    missing += (weights[m] as number) * member.missing
    addScaled(probabilities, member.probabilities, weights[m] as number)
  }
  // Where nothing is hidden the bounds are the distribution itself.
  if (missing === 0) return { probabilities, low: probabilities, high: probabilities, missing }
  const low = new Float64Array(size)
  const high = new Float64Array(size)
  for (let m = 0; m < members.length; m++) {
    const member = members[m] as Bounded
    addScaled(low, member.low, weights[m] as number)
    addScaled(high, member.high, weights[m] as number)
  }
  return { probabilities, low, high, missing }
}

function addScaled(sum: Float64Array, values: Float64Array, weight: number): void {
  for (let x = 0; x < sum.length; x++) sum[x] = (sum[x] as number) + weight * (values[x] as number)
}
