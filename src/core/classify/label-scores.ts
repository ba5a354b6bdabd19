/** A logarithm (natural, not normalised) and what truncated lists leave open of it. */
export interface Score {
  readonly logProb: number
  readonly low: number
  readonly high: number
}

/** A text that stands for a label. */
export interface Verbalisation {
  /** Index of its label. */
  readonly label: number
  /** Bytes that are scored. */
  readonly bytes: number
}

/**
 * How the scores of labels are made comparable: `per_byte`: by their length; `pmi`: less what a prompt of the same domain gives
 * them (Holtzman et al. 2021); `contextual`: less what inputs without content give them (Zhao et al. 2021).
 */
export type Normalisation = 'none' | 'per_byte' | 'pmi' | 'contextual'

/** Scores of the labels: of each the sum of the probabilities of its verbalisations. */
export function labelScores(
  scores: readonly Score[],
  verbalisations: readonly Verbalisation[],
  labels: number,
  perByte: boolean,
): Score[] {
  return Array.from({ length: labels }, (_, label) => {
    const own = scores.flatMap((score, index) => {
      const { label: of, bytes } = verbalisations[index] as Verbalisation
      return of === label ? [perByte ? scaled(score, 1 / bytes) : score] : []
    })
    const sum = (key: keyof Score) => logSumExp(own.map((score) => score[key]))
    return holding({ logProb: sum('logProb'), low: sum('low'), high: sum('high') })
  })
}

/** Scores less those of a baseline; a bound lies furthest out where the baseline's lies the other way. */
export function lessBaseline(scores: readonly Score[], baseline: readonly Score[]): Score[] {
  return scores.map(({ logProb, low, high }, index) => {
    const base = baseline[index] as Score
    return { logProb: minus(logProb, base.logProb), low: minus(low, base.high), high: minus(high, base.low) }
  })
}

/** The baseline of several inputs: the mean of the distributions that their scores make. */
export function meanBaseline(all: readonly (readonly Score[])[]): Score[] {
  const shares = all.map(logShares)
  const labels = shares[0]?.length ?? 0
  return Array.from({ length: labels }, (_, label) => {
    const mean = (key: keyof Score) =>
      logSumExp(shares.map((scores) => (scores[label] as Score)[key])) - Math.log(shares.length)
    return holding({ logProb: mean('logProb'), low: mean('low'), high: mean('high') })
  })
}

/**
 * Logarithms of the distribution that scores make: each end of an interval against the others at their other end. Scores that
 * are all −∞ make the even distribution, of which nothing is certain.
 */
export function logShares(scores: readonly Score[]): Score[] {
  const whole = logSumExp(scores.map(({ logProb }) => logProb))
  const even = -Math.log(scores.length)
  const exact = scores.every(({ logProb, low, high }) => low === logProb && high === logProb)
  return scores.map(({ logProb, low, high }, index) => {
    const own = Math.min(0, logProb - whole)
    // The bounds of what is exact are itself: computed against the others they would differ in the last digits.
    if (exact && whole !== Number.NEGATIVE_INFINITY) return { logProb: own, low: own, high: own }
    const others = scores.filter((_, other) => other !== index)
    const share = (own: number, key: 'low' | 'high') =>
      own === Number.NEGATIVE_INFINITY ? own : own - logSumExp([own, ...others.map((score) => score[key])])
    return holding({
      logProb: whole === Number.NEGATIVE_INFINITY ? even : own,
      low: share(low, 'high'),
      high: whole === Number.NEGATIVE_INFINITY ? 0 : share(high, 'low'),
    })
  })
}

/** Bounds that rounding has put on the wrong side of their value are the value. */
function holding({ logProb, low, high }: Score): Score {
  return { logProb, low: Math.min(low, logProb), high: Math.max(high, logProb) }
}

function scaled({ logProb, low, high }: Score, factor: number): Score {
  return { logProb: logProb * factor, low: low * factor, high: high * factor }
}

/** −∞ less −∞ says nothing: what is impossible stays so. */
function minus(value: number, base: number): number {
  return value === Number.NEGATIVE_INFINITY ? value : value - base
}

function logSumExp(values: readonly number[]): number {
  const largest = Math.max(...values)
  if (!Number.isFinite(largest)) return largest
  return largest + Math.log(values.reduce((sum, value) => sum + Math.exp(value - largest), 0))
}
