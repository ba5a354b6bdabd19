import { type Bounded, type Fused, type Room, roomFor } from './bounded.ts'

/**
 * The linear opinion pool q(x) = Σ w_m p_m(x) (Stone 1961), on intervals [Σ w·low, Σ w·high]. Weights are at least 0.
 * The total variation from the pool of full lists is at most Σ w·missing.
 */
export function linearPool(members: readonly Bounded[], weights: readonly number[], room?: Room): Fused {
  const { probabilities, low, high } = room ?? roomFor(members[0]?.probabilities.length ?? 0)
  let missing = 0
  for (let m = 0; m < members.length; m++) missing += (weights[m] as number) * (members[m] as Bounded).missing
  for (let m = 0; m < members.length; m++) {
    const weight = weights[m] as number
    const member = members[m] as Bounded
    putScaled(probabilities, member.probabilities, weight, m === 0)
    // Where nothing is hidden the bounds are the distribution itself.
    if (missing === 0) continue
    putScaled(low, member.low, weight, m === 0)
    putScaled(high, member.high, weight, m === 0)
  }
  return missing === 0
    ? { probabilities, low: probabilities, high: probabilities, missing }
    : { probabilities, low, high, missing }
}

/** Adds the weighted values to `sum`, or begins the sum with them. */
function putScaled(sum: Float64Array, values: Float64Array, weight: number, first: boolean): void {
  if (first) for (let x = 0; x < sum.length; x++) sum[x] = weight * (values[x] as number)
  else for (let x = 0; x < sum.length; x++) sum[x] = (sum[x] as number) + weight * (values[x] as number)
}
