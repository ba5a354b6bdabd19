import { bestOf, type Candidate, type Judgement, sharesOf, sumOf } from './candidate.ts'

/** What one member thinks of all candidates. */
export interface Scorer {
  readonly member: string
  readonly weight: number
  /** −log2 of its probability of each candidate's text, per byte; null where it has none. */
  readonly bitsPerByte: readonly (number | null)[]
}

/**
 * The candidate that the other members find likeliest: its score is their mean bits per byte by weight, negated, so that higher is better.
 * A member has no say about its own answers, which it would always like best. Candidates that nobody else could score take no part, nor do
 * those without a form or a share. Scorers whose weights are all 0 count as equal.
 */
export function rerank(candidates: readonly Candidate[], scorers: readonly Scorer[]): Judgement {
  const shares = sharesOf(candidates)
  const scores = candidates.map(({ author }, index) => {
    if (shares[index] === 0) return null
    const others = scorers.flatMap(({ member, weight, bitsPerByte }) => {
      const bits = bitsPerByte[index] ?? null
      return member === author || bits === null ? [] : [{ weight, bits }]
    })
    return meanOf(others)
  })
  return { scores, chosen: bestOf(candidates, scores) }
}

function meanOf(others: readonly { readonly weight: number; readonly bits: number }[]): number | null {
  if (others.length === 0) return null
  const whole = sumOf(others.map(({ weight }) => weight))
  const weighed = whole > 0 ? others.filter(({ weight }) => weight > 0) : others
  return -sumOf(weighed.map(({ weight, bits }) => (whole > 0 ? weight / whole : 1 / weighed.length) * bits))
}
