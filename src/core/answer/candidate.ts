/** An answer that may be chosen. */
export interface Candidate {
  /** Id of the member that wrote it. */
  readonly author: string
  readonly text: string
  /** What it says; null: nothing that could be compared, so it takes no part. */
  readonly form: string | null
  /** Its author's weight, divided by the number of the author's answers; 0 or more. */
  readonly weight: number
}

/** What a strategy makes of candidates, in their order. */
export interface Judgement {
  /** Null for candidates that take no part. */
  readonly scores: readonly (number | null)[]
  /** Index of the best; null when none takes part. */
  readonly chosen: number | null
}

/**
 * Each candidate's share of the decision: 0 for those without a form, the others by their weights, which count as equal when all
 * are 0. The shares sum to 1, or are all 0.
 */
export function sharesOf(candidates: readonly Candidate[]): number[] {
  const able = candidates.map(({ form }) => form !== null)
  const weights = candidates.map(({ weight }, index) => (able[index] ? weight : 0))
  const whole = sumOf(weights)
  const count = able.filter(Boolean).length
  return weights.map((weight, index) => (whole > 0 ? weight / whole : able[index] ? 1 / count : 0))
}

/** The sum, the same in any order: floating-point addition is not associative. */
export function sumOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b).reduce((sum, value) => sum + value, 0)
}

/** Scores closer than this are equal: they differ by rounding. */
const resolution = 1e12

/**
 * The candidate of the highest score; of equals the heaviest, then the first by its text, then by its author, so that the order of
 * candidates decides nothing.
 */
export function bestOf(candidates: readonly Candidate[], scores: readonly (number | null)[]): number | null {
  const rank = (index: number) => Math.round((scores[index] as number) * resolution)
  const before = (a: number, b: number): number => {
    const [one, other] = [candidates[a] as Candidate, candidates[b] as Candidate]
    if (rank(a) !== rank(b)) return rank(a) > rank(b) ? -1 : 1
    if (one.weight !== other.weight) return other.weight - one.weight
    return compared(one.text, other.text) || compared(one.author, other.author)
  }
  const takers = [...candidates.keys()].filter((index) => scores[index] !== null)
  return takers.sort(before)[0] ?? null
}

function compared(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
