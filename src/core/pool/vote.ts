import { type Bounded, type Fused, variationWithin } from './bounded.ts'
import { linearPool } from './linear.ts'

/**
 * Weighted plurality: q(x) = Σ w_m [x = argmax p_m], ties between symbols broken by the linear pool. A member whose
 * likeliest symbol the hidden mass could change gives its weight to no lower bound, and to the upper bound of every
 * symbol that could be its likeliest. A member without any mass, as where penalties have banned all it holds for possible,
 * has no vote.
 */
export function votePool(members: readonly Bounded[], weights: readonly number[]): Fused {
  const size = members[0]?.probabilities.length ?? 0
  const probabilities = new Float64Array(size)
  const low = new Float64Array(size)
  const high = new Float64Array(size)
  for (let m = 0; m < members.length; m++) {
    const member = members[m] as Bounded
    const weight = weights[m] as number
    const vote = argmax(member.probabilities)
    const bar = member.low[argmax(member.low)] as number
    const votes = (member.probabilities[vote] as number) > 0
    if (votes) probabilities[vote] = (probabilities[vote] as number) + weight
    let rivals = 0
    for (let x = 0; x < size; x++) {
      const possible = (votes && x === vote) || ((member.high[x] as number) >= bar && (member.high[x] as number) > 0)
      if (!possible) continue
      high[x] = (high[x] as number) + weight
      // A rival that can at most draw level, and comes later, can't take the vote.
      if (x !== vote && !((member.high[x] as number) <= (member.low[vote] as number) && x > vote)) rivals++
    }
    if (votes && rivals === 0) low[vote] = (low[vote] as number) + weight
  }
  const missing = variationWithin({ probabilities, low, high })
  const mixture = linearPool(members, weights)
  return { probabilities, low, high, missing, tiebreak: mixture.probabilities, tiebreakMissing: mixture.missing }
}

/** The first of the largest. */
function argmax(values: Float64Array): number {
  let best = 0
  for (let x = 1; x < values.length; x++) if ((values[x] as number) > (values[best] as number)) best = x
  return best
}
