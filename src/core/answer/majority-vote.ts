import { bestOf, type Candidate, type Judgement, sharesOf, sumOf } from './candidate.ts'

/**
 * Weighted majority over what answers say (self-consistency: Wang et al. 2023). A candidate's score is the share of the votes that its
 * form has, in [0, 1].
 */
export function majorityVote(candidates: readonly Candidate[]): Judgement {
  const shares = sharesOf(candidates)
  const votes = new Map<string | null, number[]>()
  candidates.forEach(({ form }, index) => {
    votes.set(form, [...(votes.get(form) ?? []), shares[index] as number])
  })
  const scores = candidates.map(({ form }, index) =>
    (shares[index] as number) > 0 ? sumOf(votes.get(form) as number[]) : null,
  )
  return { scores, chosen: bestOf(candidates, scores) }
}
