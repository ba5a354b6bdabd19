import { TuttiError } from '../errors.ts'
import type { answerTogether } from './answer/answer.ts'
import type { AnswerDiagnosis } from './answer/answer-diagnosis.ts'
import { choosesAnswers, type TextPlan } from './answer/plan-text.ts'
import type { Diagnosis } from './diagnosis.ts'
import type { PromptSegment, ScoredPrompt, scorePrompt } from './echo.ts'
import type { generate } from './generate.ts'
import type { GenerationEvent } from './generation-event.ts'
import { interleave } from './interleave.ts'
import type { CompletionPlan } from './plan.ts'
import type { RunOptions } from './session.ts'
import { begun } from './within-deadline.ts'

/** The prompt before its completion, when the request asks for it. */
export interface EchoEvent {
  readonly kind: 'echo'
  readonly text: string
  /** Null unless log-probabilities are asked for. */
  readonly segments: readonly PromptSegment[] | null
  /** Of the calls that scored the prompt. */
  readonly diagnosis: Diagnosis | null
}

export interface ChoiceEvent {
  /** The choices of the first prompt come first. */
  readonly index: number
  readonly value: EchoEvent | GenerationEvent<Diagnosis | AnswerDiagnosis>
}

export interface Operations {
  readonly generate: typeof generate
  readonly scorePrompt: typeof scorePrompt
  readonly answerTogether: typeof answerTogether
}

/** Choices of one request that run at a time: more of them would only queue up before the members. */
const choicesAtOnce = 4

/**
 * `count` completions of each plan's prompt, their events as they come. When one fails or nobody reads on, all end.
 *
 * @throws TuttiError as `generate` does.
 */
export async function* generateChoices(
  plans: readonly TextPlan[],
  count: number,
  options: RunOptions,
  operations: Operations,
): AsyncGenerator<ChoiceEvent, void> {
  const ended = new AbortController()
  const running = { ...options, signal: AbortSignal.any([options.signal, ended.signal]) }
  const sources = plans.flatMap((plan) => {
    // The choices of a prompt share its scores.
    let scored: Promise<ScoredPrompt> | null = null
    const score = (own: CompletionPlan) => {
      scored ??= operations.scorePrompt(own, running)
      return scored
    }
    return Array.from({ length: count }, (_, choice) => {
      const own = choice === 0 ? plan : Object.freeze({ ...plan, seed: seedOfChoice(plan.seed, choice) })
      return () => runChoice(own, running, operations, score)
    })
  })
  try {
    yield* interleave(sources, choicesAtOnce)
  } finally {
    ended.abort(new TuttiError('client_closed', 'the request has ended'))
  }
}

async function* runChoice(
  plan: TextPlan,
  asked: RunOptions,
  { generate, answerTogether }: Operations,
  score: (plan: CompletionPlan) => Promise<ScoredPrompt>,
): AsyncGenerator<ChoiceEvent['value'], void> {
  // One deadline for the scores of the prompt and what follows it.
  const options = begun(asked)
  if (plan.echo) {
    const scored = choosesAnswers(plan) || plan.alternatives === null ? null : await score(plan)
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(plan.prompt.text)
    const diagnosis = scored?.diagnosis ?? null
    yield { kind: 'echo', text, segments: scored?.segments ?? null, diagnosis }
    if (scored !== null && plan.maxTokens === 0) {
      const usage = { promptTokens: scored.promptTokens, completionTokens: 0 }
      yield { kind: 'finish', reason: 'length', usage, diagnosis }
      return
    }
  }
  yield* choosesAnswers(plan) ? answerTogether(plan, options) : generate(plan, options)
}

/** The first choice has the request's own seed, so that more choices don't change it; seeds have at most 53 bits. */
export function seedOfChoice(seed: number, choice: number): number {
  // 2^32 divided by the golden ratio spreads the choices of neighbouring seeds apart.
  return (seed + choice * 0x9e3779b1) % 2 ** 53
}
