import type { Directory } from '../directory.ts'
import { type CompletionPlan, type CompletionRequest, planCompletion } from '../plan.ts'
import { type AnswerPlan, planAnswer } from './plan-answer.ts'
import { strategyOf } from './strategy-of.ts'

/** How a text is written: symbol by symbol out of fused distributions, or chosen among whole answers. */
export type TextPlan = CompletionPlan | AnswerPlan

/** @throws TuttiError as `planCompletion` and `planAnswer`. */
export function planText(directory: Directory, request: CompletionRequest, seed: number): TextPlan {
  const { kind, ...options } = strategyOf(directory, request)
  return kind === 'fuse'
    ? planCompletion(directory, request, seed)
    : planAnswer(directory, request, { kind, ...options }, seed)
}

export function choosesAnswers(plan: TextPlan): plan is AnswerPlan {
  return 'authors' in plan
}
