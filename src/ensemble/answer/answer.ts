import type { Judgement } from '../../core/answer/candidate.ts'
import { majorityVote } from '../../core/answer/majority-vote.ts'
import { rerank } from '../../core/answer/rerank.ts'
import { TuttiError } from '../../errors.ts'
import type { GenerationEvent } from '../generation-event.ts'
import type { RunOptions } from '../session.ts'
import type { AnswerDiagnosis } from './answer-diagnosis.ts'
import { diagnoseAnswer, isDegraded } from './diagnose-answer.ts'
import { gather } from './gather.ts'
import { candidatesOf, nearestToAll } from './judge.ts'
import type { AnswerPlan } from './plan-answer.ts'
import { type Scores, scoreCandidates } from './score-candidates.ts'

/** Share of the deadline that answers have under `rerank`; the rest is for scoring them. */
const answeringShare = 0.75

/**
 * Has the members answer, and chooses one of their answers. Yields it as one segment, carried by its author, and a finish event.
 *
 * @throws TuttiError as `gather`; `quorum_not_met` when no answer can be judged.
 */
export async function* answerTogether(
  plan: AnswerPlan,
  options: RunOptions,
): AsyncGenerator<GenerationEvent<AnswerDiagnosis>, void> {
  const { clock, observer } = options
  const { strategy, ensemble } = plan
  const reranks = strategy.kind === 'rerank'
  const started = clock()
  const limitMs = Math.ceil(ensemble.deadlineMs * (reranks ? answeringShare : 1))
  const gathered = await gather(plan, options, limitMs)
  const answered = clock()
  const { candidates, uncanonical } = candidatesOf(gathered.samples, strategy)
  let scores: Scores | null = null
  let judgement: Judgement
  if (strategy.kind === 'majority') judgement = majorityVote(candidates)
  else if (strategy.kind === 'mbr') judgement = await nearestToAll(candidates, strategy.utility)
  else {
    scores = await scoreCandidates(plan, candidates, options, ensemble.deadlineMs - (answered - started))
    judgement = rerank(candidates, scores.scorers)
  }
  if (judgement.chosen === null) throw unjudged(plan, scores)
  const chosen = gathered.samples[judgement.chosen] as (typeof gathered.samples)[number]
  const author = chosen.author.planned.seat.member.id
  const ended = clock()
  observer.answered({
    ensemble: ensemble.name,
    operation: 'answer',
    degraded: isDegraded({ plan, gathered, scores }),
    steps: 0,
    certifiedSteps: 0,
    waves: 0,
    acceptedSteps: 0,
    wasted: [],
    missingMassMean: 0,
    promptTokens: chosen.usage?.promptTokens ?? 0,
    tokens: chosen.usage?.answerTokens ?? 0,
    seconds: (ended - started) / 1000,
    firstSeconds: null,
    fusingSeconds: (ended - answered) / 1000,
  })
  if (chosen.text !== '') {
    yield { kind: 'segment', text: chosen.text, logProb: 0, candidates: [], carrier: author, steps: [] }
  }
  const timings = { total_ms: ended - started, answering_ms: answered - started, judging_ms: ended - answered }
  const judged = { ...judgement, candidates, uncanonical }
  yield {
    kind: 'finish',
    reason: chosen.finish === 'length' ? 'length' : 'stop',
    usage: { promptTokens: chosen.usage?.promptTokens ?? 0, completionTokens: chosen.usage?.answerTokens ?? 0 },
    diagnosis: plan.diagnostics === 'none' ? null : diagnoseAnswer({ plan, gathered, judged, scores, timings }),
  }
}

function unjudged({ ensemble }: AnswerPlan, scores: Scores | null): TuttiError {
  const why = [...(scores?.failures ?? [])].map(([id, { message }]) => `${id}: ${message}`)
  return new TuttiError(
    'quorum_not_met',
    `ensemble "${ensemble.name}": no member could score the answer of another (${why.join('; ') || 'all are empty'})`,
  )
}
