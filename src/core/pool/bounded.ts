/**
 * A distribution over symbols with what truncated lists leave open: `low[x] ≤ truth[x] ≤ high[x]`. The three arrays run in
 * parallel; `probabilities` sum to 1.
 */
export interface Bounded {
  readonly probabilities: Float64Array
  readonly low: Float64Array
  readonly high: Float64Array
  /** Bound on the total variation between `probabilities` and the truth. */
  readonly missing: number
}

/** A fused distribution. */
export interface Fused extends Bounded {
  /** Decides between symbols of equal probability, the larger first; absent where the first symbol does. */
  readonly tiebreak?: Float64Array
  /** What lists hide of the tiebreak, as `missing`; absent: nothing. */
  readonly tiebreakMissing?: number
}

/** Arrays that a pool may put its result in, again and again: each result is good until the next. */
export type Room = Omit<Bounded, 'missing'>

export function roomFor(symbols: number): Room {
  return {
    probabilities: new Float64Array(symbols),
    low: new Float64Array(symbols),
    high: new Float64Array(symbols),
  }
}

/** Fuses members' distributions over one alphabet. Weights sum to 1 and are parallel to the members. */
export type Pool = (members: readonly Bounded[], weights: readonly number[], room?: Room) => Fused

/** Widens bounds to hold their value: each is computed in its own way, and rounding puts some on the wrong side of it. */
export function widenToHold({ probabilities, low, high }: Room): void {
  for (let x = 0; x < probabilities.length; x++) {
    const p = probabilities[x] as number
    if ((low[x] as number) > p) low[x] = p
    if ((high[x] as number) < p) high[x] = p
  }
}

/** Largest total variation between `probabilities` and any distribution within the bounds. */
export function variationWithin({ probabilities, low, high }: Omit<Bounded, 'missing'>): number {
  let up = 0
  let down = 0
  for (let x = 0; x < probabilities.length; x++) {
    up += (high[x] as number) - (probabilities[x] as number)
    down += (probabilities[x] as number) - (low[x] as number)
  }
  // What rises must fall elsewhere, so neither side can move more than the other allows.
  return Math.max(0, Math.min(1, up, down))
}
