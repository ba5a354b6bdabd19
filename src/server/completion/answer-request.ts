import type { TextPlan } from '../../ensemble/answer/plan-text.ts'
import type { AnswerShape } from './answer-shape.ts'

/** What answering needs to know of a request, whichever shape it came in. */
export interface AnswerRequest {
  readonly shape: AnswerShape
  /** One for each prompt. */
  readonly plans: readonly TextPlan[]
  /** How many completions to generate for each prompt, and how many of them to answer with. */
  readonly generated: number
  readonly answered: number
  /** What the caller calls the prompts, the choices and the longest output. */
  readonly promptParam: string
  readonly choicesParam: string
  readonly maxTokensParam: string
  readonly stream: boolean
  readonly includeUsage: boolean
  readonly logprobs: boolean
  /** Say of each segment who carried it and how it was decided. */
  readonly detailed: boolean
  readonly head: AnswerHead
}

/** What every chunk of an answer repeats, and the seed of the first choice. */
export interface AnswerHead {
  readonly id: string
  /** Seconds since 1970. */
  readonly created: number
  readonly model: string
  readonly seed: number
}
