import { setImmediate as giveWay } from 'node:timers/promises'
import { bestOf, type Candidate, type Judgement } from '../../core/answer/candidate.ts'
import { exactForm } from '../../core/answer/canonical.ts'
import { expectedUtilities } from '../../core/answer/minimum-bayes-risk.ts'
import type { UtilityKind } from '../../core/answer/utility.ts'
import type { Sample } from './gather.ts'
import { canonicalOf, type StrategyOptions } from './strategy.ts'

/** The candidates with what was made of them. */
export interface Judged extends Judgement {
  readonly candidates: readonly Candidate[]
  /** Nothing to compare was found in any: whole texts were compared. */
  readonly uncanonical: boolean
}

/** The samples as candidates: each member's weight is shared out among its own. */
export function candidatesOf(
  samples: readonly Sample[],
  { canonicalise }: StrategyOptions,
): { readonly candidates: readonly Candidate[]; readonly uncanonical: boolean } {
  const form = canonicalOf(canonicalise)
  const candidates = samples.map(({ author, text }) => {
    const { member, weight } = author.planned.seat
    const own = samples.filter((sample) => sample.author === author).length
    return { author: member.id, text, form: form(text), weight: weight / own }
  })
  if (candidates.some((candidate) => candidate.form !== null)) return { candidates, uncanonical: false }
  const whole = candidates.map((candidate) => ({ ...candidate, form: exactForm(candidate.text) }))
  return { candidates: whole, uncanonical: true }
}

/** The judgement of `mbr`, for which many long answers take a while: other requests run in between. */
export async function nearestToAll(candidates: readonly Candidate[], utility: UtilityKind): Promise<Judgement> {
  const scores: (number | null)[] = []
  for (const score of expectedUtilities(candidates, utility)) {
    scores.push(score)
    await giveWay()
  }
  return { scores, chosen: bestOf(candidates, scores) }
}
