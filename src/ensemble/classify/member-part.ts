import type { Score } from '../../core/classify/label-scores.ts'
import type { TuttiError } from '../../errors.ts'
import type { MemberStatus } from '../diagnosis.ts'
import type { PlannedMember } from '../present.ts'
import { answersOnly, type ClassifyPlan } from './plan-classify.ts'
import type { ScoredTexts } from './score-labels.ts'

/** One member's part in a classification. */
export interface ClassifyMember {
  readonly id: string
  readonly kind: string
  readonly model: string
  readonly status: MemberStatus
  readonly error?: { readonly code: string; readonly message: string }
  readonly weight: number
  readonly effective_weight: number
  /** What its scores were read from: lists along the labels, or those of an answer. */
  readonly scored_by: 'lists' | 'answer'
  readonly temperature: number
  readonly calls: number
  readonly contexts: number
}

/** A member's scores of labels, or why there are none. */
export type Outcome =
  | { readonly scored: ScoredTexts; readonly labels: readonly Score[] }
  | { readonly lost: TuttiError }

export function temperatureOf({ temperatures }: ClassifyPlan, { seat }: PlannedMember): number {
  return temperatures.get(seat.member.id) ?? 1
}

export function memberOf(
  plan: ClassifyPlan,
  id: string,
  outcomes: readonly Outcome[],
  effective: ReadonlyMap<string, number>,
): ClassifyMember {
  const index = plan.present.findIndex(({ seat }) => seat.member.id === id)
  const planned = plan.present[index]
  const outcome = outcomes[index]
  const { member, weight } = plan.ensemble.seats.find((seat) => seat.member.id === id) as PlannedMember['seat']
  const common = { id, kind: member.kind, weight, effective_weight: effective.get(id) ?? 0 }
  if (planned === undefined || outcome === undefined) {
    const reason = plan.absent.find(({ seat }) => seat.member.id === id)?.reason ?? 'not there'
    const error = { code: 'member_unavailable', message: reason }
    return { ...common, model: id, status: 'skipped', error, scored_by: 'lists', temperature: 1, calls: 0, contexts: 0 }
  }
  const lost = 'lost' in outcome ? outcome.lost : null
  const cost = 'lost' in outcome ? { calls: 0, contexts: 0 } : outcome.scored
  return {
    ...common,
    model: planned.probe.model,
    status:
      lost === null ? 'ok' : lost.code === 'member_timeout' || lost.code === 'deadline_exceeded' ? 'timeout' : 'error',
    ...(lost === null ? {} : { error: { code: lost.code, message: lost.message } }),
    scored_by: answersOnly(planned) ? 'answer' : 'lists',
    temperature: temperatureOf(plan, planned),
    calls: cost.calls,
    contexts: cost.contexts,
  }
}
