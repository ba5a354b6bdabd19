import type { UtilityKind } from '../../core/answer/utility.ts'
import type { Answer } from '../../members/member.ts'
import type { MemberStanding } from '../diagnosis.ts'
import type { AnswerStrategyKind, Canonicalisation } from './strategy.ts'

/** One answer, and what was made of it. */
export interface CandidateDiagnosis {
  /** Id of the member that wrote it. */
  readonly author: string
  /** Which of its author's answers, counted from 0. */
  readonly sample: number
  /** Its author sampled by this seed. */
  readonly seed: number
  readonly text: string
  /** What of it was compared; null: nothing was found, and it took no part. */
  readonly canonical: string | null
  /** Its share of its author's weight. */
  readonly weight: number
  /** How many candidates say the same, itself included; 0 without anything to compare. */
  readonly votes: number
  /**
   * By `majority` the share of the votes for what it says, by `mbr` its expected utility, both in [0, 1]; by `rerank` the other
   * members' mean bits per byte, of which the lowest is best. Null: it took no part, or was held for impossible.
   */
  readonly score: number | null
  /** By `rerank`: what each other member makes of it; null for impossible. */
  readonly bits_per_byte?: readonly { readonly member: string; readonly bits: number | null }[]
  readonly chosen: boolean
  readonly finish: Answer['finish']
  /** In its author's tokens; null where its server does not tell. */
  readonly tokens: { readonly prompt: number; readonly answer: number } | null
  readonly latency_ms: number
}

/** One member's part in answers. */
export interface AuthorDiagnosis extends MemberStanding {
  /** After the weights of members without an answer are shared out. */
  readonly effective_weight: number
  /** Answers that have come. */
  readonly answers: number
  /** By `rerank`: whether it scored the others' answers, and why not. */
  readonly scorer?: { readonly status: 'ok' | 'unable' | 'error'; readonly reason?: string }
}

/** The diagnosis of an answer that was chosen among whole ones. */
export interface AnswerDiagnosis {
  readonly name: string
  readonly strategy: AnswerStrategyKind
  /** Answers asked of each member. */
  readonly samples: number
  readonly canonicalise: Canonicalisation
  /** Nothing to compare was found in any answer: they were compared as whole texts. */
  readonly uncanonical: boolean
  /** By `mbr`. */
  readonly utility?: UtilityKind
  /** Not all answers and scores came that were asked for. */
  readonly degraded: boolean
  readonly candidates: readonly CandidateDiagnosis[]
  readonly members: readonly AuthorDiagnosis[]
  /** What all candidates have cost, in their authors' own tokens; those that servers do not tell count as 0. */
  readonly usage: { readonly calls: number; readonly prompt_tokens: number; readonly answer_tokens: number }
  readonly timings: { readonly total_ms: number; readonly answering_ms: number; readonly judging_ms: number }
}
