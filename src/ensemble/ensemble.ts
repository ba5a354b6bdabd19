import type { Normalisation } from '../core/classify/label-scores.ts'
import type { Granularity } from '../core/lattice/alphabet.ts'
import type { UnlistedPolicy } from '../core/lattice/completed-list.ts'
import type { PoolKind } from '../core/pool/pools.ts'
import type { Member, Probe } from '../members/member.ts'
import type { Strategy } from './answer/strategy.ts'

/** What an ensemble may assume about decoding when a request is silent. */
export interface SamplingDefaults {
  readonly temperature: number
  readonly topP: number
  readonly minP: number
}

/** `stepwise`: calls for each symbol when it is needed. `run_ahead`: streams that run ahead of the text. One text either way. */
export type Decoding = 'stepwise' | 'run_ahead'

/**
 * How weights follow what members made of the text: not at all; w_0·p_m(output so far), which a linear pool's loss follows the best
 * member's by; or w_0·exp(−bits per byte of the prompt/τ).
 */
export type Adaptive =
  | { readonly kind: 'none' | 'bayes' }
  | {
      readonly kind: 'prompt_fit'
      /** τ in bits per byte. */
      readonly temperature: number
    }

/** What a request may set for itself where its ensemble says so. */
export type PerRequest = 'weights' | 'pool'

/** A member with its place in an ensemble. */
export interface Seat {
  readonly member: Member
  /** Share of the pool; the weights of an ensemble sum to 1. */
  readonly weight: number
}

/** How labels are decided, as it was learned for them. */
export interface LearnedLabels {
  readonly labels: readonly string[]
  readonly normalisation: Normalisation
  /** In the order of the seats. */
  readonly temperatures: readonly number[]
  /** Of the pooled probabilities. */
  readonly poolTemperature: number
  /** Of stacking, members in the order of the seats; null for another pool. */
  readonly coefficients: readonly (readonly number[])[] | null
}

/** A named set of members with weights, a pool and a granularity, ready to plan requests from. */
export interface Ensemble {
  readonly name: string
  readonly seats: readonly Seat[]
  /** Index of the lead member, whose token borders cut the output into segments. */
  readonly lead: number
  readonly pool: PoolKind
  /** What requests may set for themselves. */
  readonly perRequest: readonly PerRequest[]
  /** The symbol the pool works on; `auto`: tokens where all members share one vocabulary, else bytes. */
  readonly granularity: 'auto' | Granularity
  /** Share of a member's live mass below which a new context is pruned. */
  readonly tau: number
  /** Length of the lists asked of a member; the plan lowers it to what the member can give. */
  readonly topK: number
  /** What stands for the mass that a list hides. */
  readonly unlisted: UnlistedPolicy
  /** What to do with a choice that is not certified: emit it as it is, or ask for longer lists where there are any. */
  readonly uncertified: 'emit' | 'longer_lists'
  readonly decoding: Decoding
  /** Most lists that a member's run-ahead streams may fetch in vain in one request; null for no limit. */
  readonly runAheadBudget: number | null
  readonly adaptive: Adaptive
  /** Fewest members an answer needs. */
  readonly quorum: number
  /** Milliseconds that the others get when the quorum has answered a step; null: as long as the deadline allows. */
  readonly graceMs: number | null
  /** Go on without a member that is lost, or fail. */
  readonly onMemberLoss: 'degrade' | 'fail'
  /** Milliseconds one request may take in all. */
  readonly deadlineMs: number
  readonly sampling: SamplingDefaults
  /** What a request gets that does not say how one text is made of several. */
  readonly strategy: Strategy
  /** Taken where a request asks for these labels and says nothing else. */
  readonly learnedLabels?: LearnedLabels
}

/** What the last probe of a member has found. */
export interface Verdict {
  /** Seconds since 1970. */
  readonly at: number
  /** It can be used. */
  readonly ok: boolean
  /** What it can't do and what else is good to know; of a member that can't be used, why, and what to do about it. */
  readonly notes: readonly string[]
}

/** What is known of a member at the moment; kept current by whoever probes (the composition root). */
export interface MemberState {
  readonly member: Member
  /** The last successful probe, or null before the first. */
  probe(): Probe | null
  /** Why the member can't be used now, or null when it can. */
  down(): string | null
  /** It is down by a call that failed, and no probe has found so yet; absent where nobody goes on probing. */
  suspected?(): boolean
  /** Null before the first probe has ended; absent where nobody goes on probing. */
  verdict?(): Verdict | null
}
