import { bestOf, type Candidate, type Judgement, sharesOf, sumOf } from './candidate.ts'
import { type UtilityKind, utilityOver } from './utility.ts'

/**
 * The answer that all answers are nearest to: argmax over y of Σ π(y')·U(y, y') (Bickel and Doksum 1977; Kumar and Byrne 2004), π the
 * weights. A candidate's score is its expected utility, in [0, 1]. Utilities compare what answers say: with `exact` this is the majority
 * vote.
 */
export function minimumBayesRisk(candidates: readonly Candidate[], kind: UtilityKind): Judgement {
  const scores = [...expectedUtilities(candidates, kind)]
  return { scores, chosen: bestOf(candidates, scores) }
}

/** The expected utility of one candidate after the other: a caller may do other things between them. */
export function* expectedUtilities(
  candidates: readonly Candidate[],
  kind: UtilityKind,
): Generator<number | null, void> {
  const shares = sharesOf(candidates)
  const utility = utilityOver(
    kind,
    candidates.map(({ form }) => form ?? ''),
  )
  const takers = [...candidates.keys()].filter((index) => (shares[index] as number) > 0)
  for (const hypothesis of candidates.keys()) {
    if ((shares[hypothesis] as number) === 0) yield null
    else yield sumOf(takers.map((reference) => (shares[reference] as number) * utility(hypothesis, reference)))
  }
}
