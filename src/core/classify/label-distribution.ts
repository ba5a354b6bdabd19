import { type Bounded, variationWithin } from '../pool/bounded.ts'
import { logShares, type Score, scaled } from './label-scores.ts'

/** The distribution softmax(S/T) over labels, with bounds. */
export function labelDistribution(scores: readonly Score[], temperature: number): Bounded {
  const shares = logShares(scores.map((score) => scaled(score, 1 / temperature)))
  const values = (key: keyof Score) => Float64Array.from(shares, (share) => Math.exp(share[key]))
  const bounds = { probabilities: values('logProb'), low: values('low'), high: values('high') }
  return { ...bounds, missing: variationWithin(bounds) }
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
