import type { TuttiError } from '../errors.ts'
import type { Diagnosis, MemberDiagnosis, MemberStatus } from './diagnosis.ts'
import type { MemberWalk } from './member-walk.ts'
import type { AbsentMember } from './present.ts'
import type { Session } from './session.ts'
import { weightsAt } from './step.ts'
import { finite } from './tally.ts'

/** The diagnosis of a request, from what its session has summed up. */
export function diagnose(session: Session): Diagnosis {
  const { plan, tally, roster } = session
  const { ensemble } = plan
  const effective = effectiveWeights(session)
  const members = ensemble.seats.map(({ member, weight }) => {
    const effectiveWeight = effective.get(member.id) ?? 0
    const walk = session.walks.find(({ id }) => id === member.id)
    const absent = plan.absent.find(({ seat }) => seat.member.id === member.id)
    return walk === undefined
      ? absentMember(absent as AbsentMember)
      : presentMember(session, walk, { weight, effectiveWeight, lost: roster.lostBy(member.id) })
  })
  const prunedMass = session.walks.reduce(
    (sum, walk) => sum + (effective.get(walk.id) ?? 0) * walk.counters.prunedMass,
    0,
  )
  const total = session.clock() - session.startedMs
  return {
    name: ensemble.name,
    pool: ensemble.pool,
    granularity: plan.granularity,
    degraded: roster.degraded,
    ...(roster.degraded && { missing_weight: missingWeight(session, effective) }),
    steps: tally.steps,
    certified_steps: tally.certifiedSteps,
    waves: session.waves,
    acceptance: tally.steps === 0 ? null : tally.acceptedSteps / tally.steps,
    missing_mass_mean: tally.steps === 0 ? 0 : tally.missingSum / tally.steps,
    missing_mass_max: tally.missingMax,
    pruned_mass: prunedMass,
    error_bound_tv: tally.variationMax,
    usage: {
      calls: sumOf(members, ({ calls }) => calls),
      prompt_tokens: sumOf(members, ({ tokens }) => tokens.prompt),
      contexts: sumOf(members, ({ contexts }) => contexts),
      listed: sumOf(members, ({ tokens }) => tokens.listed),
      wasted: sumOf(members, ({ tokens }) => tokens.wasted),
    },
    members,
    timings: { total_ms: total, waiting_ms: session.waiting.ms, fusing_ms: session.fusingMs },
    ...(session.timeline && { timeline: session.timeline.view(session.startedMs + total) }),
  }
}

/** Of the configured weights by their size, what had no part, on average over the steps; where there are none, at the end. */
function missingWeight({ plan, tally }: Session, effective: ReadonlyMap<string, number>): number {
  const sizes = plan.ensemble.seats.map(({ member, weight }) => {
    const took = tally.steps === 0 ? Number(effective.has(member.id)) : tally.member(member.id).steps / tally.steps
    return { whole: Math.abs(weight), missing: Math.abs(weight) * (1 - took) }
  })
  return sizes.reduce((sum, { missing }) => sum + missing, 0) / sizes.reduce((sum, { whole }) => sum + whole, 0)
}

function sumOf(members: readonly MemberDiagnosis[], figure: (member: MemberDiagnosis) => number): number {
  return members.reduce((sum, member) => sum + figure(member), 0)
}

function effectiveWeights({ roster, plan }: Session): Map<string, number> {
  const weights = weightsAt(roster.present, plan.ensemble.adaptive)
  return new Map(roster.present.map(({ id }, index) => [id, weights[index] as number]))
}

function statusOf(lost: TuttiError | null): MemberStatus {
  if (lost === null) return 'ok'
  if (lost.code === 'circuit_open') return 'circuit_open'
  return lost.code === 'member_timeout' || lost.code === 'deadline_exceeded' ? 'timeout' : 'error'
}

function presentMember(
  session: Session,
  walk: MemberWalk,
  part: { readonly weight: number; readonly effectiveWeight: number; readonly lost: TuttiError | null },
): MemberDiagnosis {
  const { ledger, counters, planned } = walk
  const { member } = planned.seat
  const tally = session.tally.member(walk.id)
  const mean = (sum: number): number | null => (tally.steps === 0 ? null : sum / tally.steps)
  const away = session.absences.flatMap(({ id, fromStep, toStep, error }) =>
    id === walk.id ? [{ from_step: fromStep, to_step: toStep, code: error.code }] : [],
  )
  return {
    id: walk.id,
    kind: member.kind,
    replica: member.replica,
    model: planned.probe.model,
    status: statusOf(part.lost),
    ...(part.lost === null ? {} : { error: { code: part.lost.code, message: part.lost.message } }),
    ...(away.length > 0 && { away }),
    weight: part.weight,
    effective_weight: part.effectiveWeight,
    latency_ms: { total: ledger.waiting.ms, first_token: ledger.firstListMs },
    calls: ledger.calls,
    contexts: ledger.fetched,
    revivals: counters.revivals,
    tokens: {
      prompt: ledger.promptTokens ?? 0,
      listed: ledger.listed,
      used: ledger.used,
      wasted: ledger.fetched - ledger.used,
    },
    bits_per_byte: tally.bytes === 0 ? null : finite(tally.bits / tally.bytes),
    agreement: mean(tally.agreed),
    mean_entropy: mean(tally.entropy),
    mean_kl_to_ensemble: tally.steps === 0 ? null : finite(tally.klToEnsemble / tally.steps),
    mean_responsibility: mean(tally.responsibility),
    mean_excluded_mass: mean(tally.excluded),
    boundary_bias: !planned.probe.capabilities.tokenContexts,
    pivotal_steps: tally.pivotal,
  }
}

function absentMember({ seat, reason }: AbsentMember): MemberDiagnosis {
  const { member, weight } = seat
  return {
    id: member.id,
    kind: member.kind,
    replica: member.replica,
    model: member.id,
    status: 'skipped',
    error: { code: 'member_unavailable', message: reason },
    weight,
    effective_weight: 0,
    latency_ms: { total: 0, first_token: null },
    calls: 0,
    contexts: 0,
    revivals: 0,
    tokens: { prompt: 0, listed: 0, used: 0, wasted: 0 },
    bits_per_byte: null,
    agreement: null,
    mean_entropy: null,
    mean_kl_to_ensemble: null,
    mean_responsibility: null,
    mean_excluded_mass: null,
    boundary_bias: null,
    pivotal_steps: 0,
  }
}
