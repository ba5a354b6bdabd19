import type { ByteConditional } from '../lattice/conditional.ts'
import { symbolCount } from '../lattice/symbols.ts'

/** A fused distribution over symbols with bounds, and the weights that made it. */
export interface Fused {
  readonly probabilities: Float64Array
  readonly low: Float64Array
  readonly high: Float64Array
  /** Bound on the total variation from the pool of full lists: Σ w·missing. */
  readonly missing: number
}

/**
 * The linear opinion pool q(x) = Σ w_m p_m(x) (Stone 1961), on intervals: [Σ w·low, Σ w·high].
 *
 * @param weights at least 0, sum 1, parallel to `members`.
 */
export function linearPool(members: readonly ByteConditional[], weights: readonly number[]): Fused {
  const probabilities = new Float64Array(symbolCount)
  const low = new Float64Array(symbolCount)
  const high = new Float64Array(symbolCount)
  let missing = 0
  members.forEach((member, index) => {
    const weight = weights[index] as number
    missing += weight * member.missing
    for (let x = 0; x < symbolCount; x++) {
      probabilities[x] = (probabilities[x] as number) + weight * (member.probabilities[x] as number)
      low[x] = (low[x] as number) + weight * (member.low[x] as number)
      high[x] = (high[x] as number) + weight * (member.high[x] as number)
    }
  })
  return { probabilities, low, high, missing }
}

/** The weights of those present, in proportion, with sum 1; equal when all of them are 0. */
export function renormalised(weights: readonly number[]): number[] {
  const sum = weights.reduce((total, weight) => total + weight, 0)
  return weights.map((weight) => (sum > 0 ? weight / sum : 1 / weights.length))
}
