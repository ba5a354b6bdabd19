import { type Bounded, type Fused, variationWithin, widenToHold } from './bounded.ts'
import { linearPool } from './linear.ts'
import { renormalised } from './weights.ts'

/** Probability that a contrasted member can't fall below: it has no say on what it holds for impossible. */
const leastContrast = 1e-10

/** Share of the likeliest symbol's probability below which the experts hold a symbol for implausible. */
const plausibility = 0.1

/**
 * The logarithmic pool q(x) ∝ Π p_m(x)^w_m (Genest & Zidek 1986; product of experts, Hinton 2002), on intervals: the
 * ends of Σ w·log p, swapped where w < 0, then normalised against all others at their other end.
 *
 * With a negative weight (contrastive decoding, Li et al. 2023; DExperts, Liu et al. 2021) only symbols count that the
 * members of positive weight hold for plausible: at least a tenth of the likeliest one's probability in their own pool.
 * What a contrasted member has not listed takes its upper bound.
 */
export function logLinearPool(members: readonly Bounded[], weights: readonly number[]): Fused {
  const size = members[0]?.probabilities.length ?? 0
  const hidden = members.some(({ missing }, m) => missing > 0 && weights[m] !== 0)
  const scores = new Float64Array(size)
  // Where nothing is hidden the bounds are the distribution itself.
  const least = hidden ? new Float64Array(size) : scores
  const most = hidden ? new Float64Array(size) : scores
  for (let m = 0; m < members.length; m++) {
    const { probabilities, low, high } = members[m] as Bounded
    const weight = weights[m] as number
    // A weight of 0 has no say, not even against a symbol the member holds for impossible (0·log 0 = 0).
    if (weight === 0) continue
    for (let x = 0; x < size; x++) {
      const [p, lo, hi] = [probabilities[x] as number, low[x] as number, high[x] as number]
      const floor = weight < 0 ? leastContrast : 0
      const own = weight < 0 && lo === 0 ? hi : p
      scores[x] = (scores[x] as number) + weight * Math.log(Math.max(own, floor))
      if (!hidden) continue
      least[x] = (least[x] as number) + weight * Math.log(Math.max(weight < 0 ? hi : lo, floor))
      most[x] = (most[x] as number) + weight * Math.log(Math.max(weight < 0 ? lo : hi, floor))
    }
  }
  const contrasted = weights.some((weight) => weight < 0)
  if (contrasted) maskImplausible(expertsOf(members, weights), { scores, least, most })
  // Where every symbol is impossible for some member the product is no distribution; the mixture of the experts is.
  if (maximum(scores) === Number.NEGATIVE_INFINITY) return mixtureOfExperts(members, weights)
  return normalised(scores, least, most)
}

/** The linear pool of the members of positive weight, without any claim on what lists hide. */
function mixtureOfExperts(members: readonly Bounded[], weights: readonly number[]): Fused {
  const positive = weights.map((weight) => Math.max(0, weight))
  const { probabilities } = linearPool(members, renormalised(positive))
  const low = new Float64Array(probabilities.length)
  return { probabilities, low, high: low.map(() => 1), missing: 1 }
}

interface Scores {
  readonly scores: Float64Array
  readonly least: Float64Array
  readonly most: Float64Array
}

function expertsOf(members: readonly Bounded[], weights: readonly number[]): Bounded {
  const experts = members.filter((_, m) => (weights[m] as number) > 0)
  return logLinearPool(
    experts,
    weights.filter((weight) => weight > 0),
  )
}

/** Rules out what the experts hold for implausible; what only might be implausible keeps its upper end. */
function maskImplausible(experts: Bounded, { scores, least, most }: Scores): void {
  const best = maximum(experts.probabilities)
  const bestLow = maximum(experts.low)
  const bestHigh = maximum(experts.high)
  for (let x = 0; x < scores.length; x++) {
    if ((experts.probabilities[x] as number) < plausibility * best) scores[x] = Number.NEGATIVE_INFINITY
    if ((experts.low[x] as number) < plausibility * bestHigh) least[x] = Number.NEGATIVE_INFINITY
    if ((experts.high[x] as number) < plausibility * bestLow) most[x] = Number.NEGATIVE_INFINITY
  }
}

function maximum(values: Float64Array): number {
  let most = Number.NEGATIVE_INFINITY
  for (let x = 0; x < values.length; x++) most = Math.max(most, values[x] as number)
  return most
}

function normalised(scores: Float64Array, least: Float64Array, most: Float64Array): Fused {
  // One shift for all three keeps them comparable and the largest exponential at 1.
  const shift = maximum(most)
  const exponential = (score: number): number => Math.exp(score - shift)
  const values = scores.map(exponential)
  const total = values.reduce((sum, value) => sum + value, 0)
  const probabilities = values.map((value) => value / total)
  if (least === scores) return { probabilities, low: probabilities, high: probabilities, missing: 0 }
  const lows = least.map(exponential)
  const highs = most.map(exponential)
  const otherLows = sumsOfOthers(lows)
  const otherHighs = sumsOfOthers(highs)
  const low = lows.map((value, x) => (value === 0 ? 0 : value / (value + (otherHighs[x] as number))))
  const high = highs.map((value, x) => (value === 0 ? 0 : value / (value + (otherLows[x] as number))))
  const bounds = { probabilities, low, high }
  widenToHold(bounds)
  return { ...bounds, missing: variationWithin(bounds) }
}

/** For every entry the sum of all the others: not the total less the entry, which would cancel beside a large one. */
function sumsOfOthers(values: Float64Array): Float64Array {
  const sums = new Float64Array(values.length)
  let before = 0
  for (let x = 0; x < values.length; x++) {
    sums[x] = before
    before += values[x] as number
  }
  let after = 0
  for (let x = values.length - 1; x >= 0; x--) {
    sums[x] = (sums[x] as number) + after
    after += values[x] as number
  }
  return sums
}
