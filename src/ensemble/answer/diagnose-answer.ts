import { TuttiError } from '../../errors.ts'
import type { MemberStatus } from '../diagnosis.ts'
import { type PlannedMember, weightsOf } from '../present.ts'
import type { AnswerDiagnosis, AuthorDiagnosis, CandidateDiagnosis } from './answer-diagnosis.ts'
import type { Gathered, Sample } from './gather.ts'
import type { Judged } from './judge.ts'
import type { AnswerPlan } from './plan-answer.ts'
import type { Scores } from './score-candidates.ts'

/** What the diagnosis of an answer is made from. */
export interface AnswerRun {
  readonly plan: AnswerPlan
  readonly gathered: Gathered
  readonly judged: Judged
  /** Null without `rerank`. */
  readonly scores: Scores | null
  readonly timings: AnswerDiagnosis['timings']
}

export function diagnoseAnswer(run: AnswerRun): AnswerDiagnosis {
  const { plan, gathered, judged } = run
  const { kind, samples, canonicalise, utility } = plan.strategy
  const came = gathered.samples
  return {
    name: plan.ensemble.name,
    strategy: kind,
    samples,
    canonicalise,
    uncanonical: judged.uncanonical,
    ...(kind === 'mbr' && { utility }),
    degraded: isDegraded(run),
    candidates: came.map((sample, index) => candidate(run, sample, index)),
    members: plan.ensemble.seats.map(({ member }) => author(run, member.id)),
    usage: {
      calls: came.reduce((sum, { calls }) => sum + calls, 0),
      prompt_tokens: came.reduce((sum, { usage }) => sum + (usage?.promptTokens ?? 0), 0),
      answer_tokens: came.reduce((sum, { usage }) => sum + (usage?.answerTokens ?? 0), 0),
    },
    timings: run.timings,
  }
}

export function isDegraded({ plan, gathered, scores }: Pick<AnswerRun, 'plan' | 'gathered' | 'scores'>): boolean {
  return plan.absent.length + gathered.failures.length + (scores?.failures.size ?? 0) > 0
}

function candidate({ judged, plan, scores }: AnswerRun, sample: Sample, index: number): CandidateDiagnosis {
  const { form, weight, author } = judged.candidates[index] as Judged['candidates'][number]
  const score = judged.scores[index] ?? null
  const shown = score === null ? null : plan.strategy.kind === 'rerank' ? -score : score
  const bits = scores?.scorers.flatMap(({ member, bitsPerByte }) => {
    const own = bitsPerByte[index] ?? null
    return member === author || own === null ? [] : [{ member, bits: finite(own) }]
  })
  return {
    author,
    sample: sample.sample,
    seed: sample.seed,
    text: sample.text,
    canonical: judged.uncanonical ? null : form,
    weight,
    votes: form === null ? 0 : judged.candidates.filter((other) => other.form === form).length,
    score: shown === null ? null : finite(shown),
    ...(bits && { bits_per_byte: bits }),
    chosen: index === judged.chosen,
    finish: sample.finish,
    tokens: sample.usage && { prompt: sample.usage.promptTokens, answer: sample.usage.answerTokens },
    latency_ms: sample.ms,
  }
}

/** JSON has no infinity. */
function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null
}

function author(run: AnswerRun, id: string): AuthorDiagnosis {
  const { plan, gathered, scores } = run
  const absent = plan.absent.find(({ seat }) => seat.member.id === id)
  const planned = plan.authors.find((one) => one.planned.seat.member.id === id)?.planned
  const seat = absent?.seat ?? planned?.seat
  if (seat === undefined) throw new TuttiError('internal', `member "${id}" was not planned`)
  const error = absent
    ? new TuttiError('member_unavailable', absent.reason)
    : gathered.failures.find((failure) => failure.author.planned.seat.member.id === id)?.error
  const { member, weight } = seat
  return {
    id,
    kind: member.kind,
    replica: member.replica,
    model: planned?.probe.model ?? id,
    status: absent ? 'skipped' : statusOf(error),
    ...(error && { error: { code: error.code, message: error.message } }),
    weight,
    effective_weight: effectiveWeight(run, planned),
    answers: gathered.samples.filter((sample) => sample.author.planned === planned).length,
    ...(scores && planned && { scorer: scorerOf(run, scores, id) }),
  }
}

function statusOf(error: TuttiError | undefined): MemberStatus {
  if (error === undefined) return 'ok'
  return error.code === 'member_timeout' || error.code === 'deadline_exceeded' ? 'timeout' : 'error'
}

function effectiveWeight({ plan, gathered }: AnswerRun, planned: PlannedMember | undefined): number {
  const present = plan.authors.filter((author) => gathered.samples.some((sample) => sample.author === author))
  const weights = weightsOf(present.map((author) => author.planned.seat))
  return weights[present.findIndex((author) => author.planned === planned)] ?? 0
}

function scorerOf({ plan }: AnswerRun, { failures }: Scores, id: string): NonNullable<AuthorDiagnosis['scorer']> {
  const unable = plan.scorers.find(({ planned }) => planned.seat.member.id === id)?.unable ?? null
  if (unable !== null) return { status: 'unable', reason: unable }
  const failure = failures.get(id)
  return failure === undefined ? { status: 'ok' } : { status: 'error', reason: failure.message }
}
