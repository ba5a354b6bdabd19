import { isCertain, labelDistribution, ranking } from '../../core/classify/label-distribution.ts'
import { labelScores, lessBaseline, logShares, meanBaseline, type Score } from '../../core/classify/label-scores.ts'
import type { Bounded } from '../../core/pool/bounded.ts'
import { TuttiError, toTuttiError } from '../../errors.ts'
import { endOf } from '../end-of.ts'
import { inTurn } from '../in-turn.ts'
import { type PlannedMember, requireQuorum, weightsOf } from '../present.ts'
import type { Prompt } from '../prompt.ts'
import type { RunOptions } from '../session.ts'
import { begun } from '../within-deadline.ts'
import { fuseLabels } from './fuse-labels.ts'
import { type ClassifyMember, memberOf, type Outcome, temperatureOf } from './member-part.ts'
import { answersOnly, type ClassifyPlan } from './plan-classify.ts'
import { scoreByAnswer } from './score-by-answer.ts'
import { type ScoredTexts, scoreLabels } from './score-labels.ts'

export interface LabelShare {
  readonly label: string
  readonly probability: number
  readonly low: number
  readonly high: number
  readonly members: readonly MemberShare[]
}

export interface MemberShare {
  readonly id: string
  readonly probability: number
  readonly low: number
  readonly high: number
  /** Normalised, before temperature and softmax: natural logarithm. */
  readonly score: number
}

export interface Classification {
  /** Likeliest first. */
  readonly labels: readonly LabelShare[]
  /** The first is so whatever lists hide. */
  readonly certain: boolean
  readonly degraded: boolean
  /** Of the prompt, by the heaviest member present. */
  readonly promptTokens: number
  readonly members: readonly ClassifyMember[]
}

/** Prompts of one request that run at a time: more of them would only queue up before the members. */
const promptsAtOnce = 4

/**
 * The labels' probabilities after each prompt: every member's, normalised and at its temperature, and what the pool makes of them.
 *
 * @throws TuttiError of the request (status 400), why `options.signal` aborted, or `quorum_not_met`.
 */
export async function classify(plan: ClassifyPlan, options: RunOptions): Promise<Classification[]> {
  const ended = new AbortController()
  const running = { ...options, signal: AbortSignal.any([options.signal, ended.signal]) }
  try {
    // One deadline for all of them, however many wait for others to end.
    const since = begun(running)
    const baselines = plan.present.map((planned) => baselineOf(plan, planned, since))
    for (const one of baselines) one.catch(() => {})
    return await inTurn(plan.prompts, promptsAtOnce, async (prompt) => {
      const started = options.clock()
      const found = await classifyOne(plan, prompt, baselines, running)
      tell(plan, found, (options.clock() - started) / 1000, options)
      return found
    })
  } finally {
    ended.abort(new TuttiError('client_closed', 'the request has ended'))
  }
}

async function classifyOne(
  plan: ClassifyPlan,
  prompt: Prompt,
  baselines: readonly Promise<readonly Score[] | null>[],
  options: RunOptions,
): Promise<Classification> {
  const outcomes = await Promise.all(
    plan.present.map((planned, index) =>
      outcomeOf(plan, planned, prompt, baselines[index] as (typeof baselines)[number], options),
    ),
  )
  const present = plan.present.flatMap((planned, index) => {
    const outcome = outcomes[index] as Outcome
    return 'lost' in outcome ? [] : [{ planned, ...outcome }]
  })
  const lost = plan.present.flatMap(({ seat }, index) => {
    const outcome = outcomes[index] as Outcome
    return 'lost' in outcome ? [`${seat.member.id}: ${outcome.lost.message}`] : []
  })
  const reasons = [...plan.absent.map(({ seat, reason }) => `${seat.member.id}: ${reason}`), ...lost]
  const seats = present.map(({ planned }) => planned.seat)
  requireQuorum(plan.ensemble, seats, reasons)
  const weights = weightsOf(seats)
  const distributions = present.map(({ planned, labels }) => labelDistribution(labels, temperatureOf(plan, planned)))
  const fused = fuseLabels(
    plan,
    seats.map(({ member }) => member.id),
    distributions,
    weights,
    reasons,
  )
  const order = ranking(fused)
  const heaviest = seats.reduce((best, { weight }, index) => (weight > (seats[best]?.weight ?? 0) ? index : best), 0)
  return {
    labels: order.map((label) => ({
      label: plan.labels[label] as string,
      ...shareOf(fused, label),
      members: present.map(({ planned, labels }, index) => ({
        id: planned.seat.member.id,
        ...shareOf(distributions[index] as Bounded, label),
        score: (labels[label] as Score).logProb,
      })),
    })),
    certain: isCertain(fused, order[0] as number),
    degraded: present.length < plan.ensemble.seats.length,
    promptTokens: present[heaviest]?.scored.promptTokens ?? 0,
    members: plan.ensemble.seats.map(({ member }) =>
      memberOf(
        plan,
        member.id,
        outcomes,
        new Map(seats.map((seat, index) => [seat.member.id, weights[index] as number])),
      ),
    ),
  }
}

async function outcomeOf(
  plan: ClassifyPlan,
  planned: PlannedMember,
  prompt: Prompt,
  baseline: Promise<readonly Score[] | null>,
  options: RunOptions,
): Promise<Outcome> {
  try {
    const scored = await scoresOf(plan, planned, prompt, options)
    const own = toLabels(plan, scored)
    const base = await baseline
    return {
      scored,
      labels: base === null ? own : lessBaseline(plan.normalisation === 'contextual' ? logShares(own) : own, base),
    }
  } catch (thrown) {
    const lost = toTuttiError(thrown)
    if (options.signal.aborted) throw endOf(options.signal)
    if (lost.status === 400) throw lost
    options.observer.memberLost({ member: planned.seat.member.id, code: lost.code, message: lost.message })
    return { lost }
  }
}

/** What is taken off a member's scores; null: nothing. */
async function baselineOf(
  plan: ClassifyPlan,
  planned: PlannedMember,
  options: RunOptions,
): Promise<readonly Score[] | null> {
  if (plan.baselines.length === 0) return null
  const all = await inTurn(plan.baselines, promptsAtOnce, async (prompt) =>
    toLabels(plan, await scoresOf(plan, planned, prompt, options)),
  )
  return plan.normalisation === 'contextual' ? meanBaseline(all) : (all[0] as readonly Score[])
}

function scoresOf(plan: ClassifyPlan, planned: PlannedMember, prompt: Prompt, options: RunOptions) {
  return (answersOnly(planned) ? scoreByAnswer : scoreLabels)(plan, planned, prompt, options)
}

function toLabels({ verbalisations, labels, normalisation }: ClassifyPlan, { scores }: ScoredTexts): Score[] {
  return labelScores(scores, verbalisations, labels.length, normalisation === 'per_byte')
}

function shareOf({ probabilities, low, high }: Bounded, label: number) {
  return {
    probability: probabilities[label] as number,
    low: low[label] as number,
    high: high[label] as number,
  }
}

/** Tells the observer of an answer: one step, the choice of a label. */
function tell(
  plan: ClassifyPlan,
  { certain, degraded, promptTokens }: Classification,
  seconds: number,
  { observer }: RunOptions,
): void {
  observer.answered({
    ensemble: plan.ensemble.name,
    operation: 'classify',
    degraded,
    steps: 1,
    certifiedSteps: certain ? 1 : 0,
    waves: 0,
    acceptedSteps: 0,
    wasted: [],
    missingMassMean: 0,
    promptTokens,
    tokens: 0,
    seconds,
    firstSeconds: null,
    fusingSeconds: 0,
  })
}
