import { type Bounded, variationWithin } from '../pool/bounded.ts'
import { logShares, type Score } from './label-scores.ts'

/** The distribution softmax(S/T) over labels, with bounds; for every temperature above 0, however small. */
export function labelDistribution(scores: readonly Score[], temperature: number): Bounded {
  const shares = logShares(divided(scores, temperature))
  const values = (key: keyof Score) => Float64Array.from(shares, (share) => Math.exp(share[key]))
  const bounds = { probabilities: values('logProb'), low: values('low'), high: values('high') }
  return { ...bounds, missing: variationWithin(bounds) }
}

/** Scores over T, less that of the likeliest label: its own is 0 then, whatever 1/T is. */
function divided(scores: readonly Score[], temperature: number): Score[] {
  const most = scores.reduce((best, { logProb }) => Math.max(best, logProb), Number.NEGATIVE_INFINITY)
  const from = most === Number.NEGATIVE_INFINITY ? 0 : most
  // Of a bound above it as far up as a number goes: ∞ less ∞ would be none.
  const over = (score: number) => Math.min(Number.MAX_VALUE, (score - from) / temperature)
  return scores.map(({ logProb, low, high }) => ({ logProb: over(logProb), low: over(low), high: over(high) }))
}

/** Labels by their probability, likeliest first; equals in their order. */
export function ranking({ probabilities, tiebreak }: Bounded & { readonly tiebreak?: Float64Array }): number[] {
  const tie = tiebreak ?? probabilities
  return [...probabilities.keys()].sort(
    (a, b) =>
      (probabilities[b] as number) - (probabilities[a] as number) || (tie[b] as number) - (tie[a] as number) || a - b,
  )
}

/** Whether the likeliest label is so whatever lists hide: its interval overlaps no other's. */
export function isCertain(distribution: Bounded, first: number): boolean {
  const { low, high } = distribution
  return high.every((most, label) => label === first || most < (low[first] as number))
}
