import type { Candidate } from '../../core/answer/candidate.ts'
import type { Scorer as Scored } from '../../core/answer/rerank.ts'
import { TuttiError, toTuttiError } from '../../errors.ts'
import { endOf } from '../end-of.ts'
import { fusedScore } from '../follow.ts'
import { type FollowPlan, followText } from '../follow-text.ts'
import type { RunOptions } from '../session.ts'
import { timeLimit } from '../within-deadline.ts'
import type { AnswerPlan, Scorer } from './plan-answer.ts'

/** What the members that can score texts make of the candidates. */
export interface Scores {
  readonly scorers: readonly Scored[]
  /** Members that could, and failed, by id. */
  readonly failures: ReadonlyMap<string, TuttiError>
}

const encoder = new TextEncoder()

/**
 * Every able member's bits per byte of the others' answers, all at once. A member that fails has no say; what its answers say about
 * the others' is then judged by those who are left.
 *
 * @throws TuttiError why `options.signal` aborted.
 */
export async function scoreCandidates(
  plan: AnswerPlan,
  candidates: readonly Candidate[],
  options: RunOptions,
  limitMs: number,
): Promise<Scores> {
  const limit = timeLimit(Math.max(0, limitMs))
  const deadline = limit.signal
  const running = { ...options, signal: AbortSignal.any([options.signal, deadline]) }
  const failures = new Map<string, TuttiError>()
  const able = plan.scorers.filter((scorer): scorer is Scorer & { plan: FollowPlan } => scorer.plan !== null)
  const found = await Promise.all(
    able.map(async ({ planned, plan: own }): Promise<Scored[]> => {
      const { member, weight } = planned.seat
      try {
        return [{ member: member.id, weight, bitsPerByte: await bitsOf(own, candidates, running) }]
      } catch (thrown) {
        const late = new TuttiError('deadline_exceeded', 'no scores within the deadline', { cause: thrown })
        failures.set(member.id, deadline.aborted ? late : toTuttiError(thrown))
        return []
      }
    }),
  )
  limit.end()
  if (options.signal.aborted) throw endOf(options.signal)
  return { scorers: found.flat(), failures }
}

/** A text that several wrote is read once; one that only the member itself wrote is not. */
async function bitsOf(
  plan: FollowPlan,
  candidates: readonly Candidate[],
  options: RunOptions,
): Promise<(number | null)[]> {
  const own = plan.ensemble.seats[0]?.member.id
  const foreign = new Set(candidates.flatMap(({ author, text }) => (author === own || text === '' ? [] : [text])))
  const bits = new Map(
    await Promise.all(Array.from(foreign, async (text) => [text, await bitsPerByte(plan, text, options)] as const)),
  )
  return candidates.map(({ text }) => bits.get(text) ?? null)
}

async function bitsPerByte(plan: FollowPlan, text: string, options: RunOptions): Promise<number> {
  const bytes = encoder.encode(text)
  let nats = 0
  await followText({ ...plan, text: bytes }, options, (place) => {
    nats -= fusedScore(place).logProb
  })
  return nats / Math.LN2 / bytes.length
}
