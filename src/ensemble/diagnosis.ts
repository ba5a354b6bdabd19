import type { ErrorCode } from '../errors.ts'
import type { TimelineView } from './timeline/timeline-view.ts'
import type { SymbolProbability } from './top-symbols.ts'

export type MemberStatus = 'ok' | 'timeout' | 'error' | 'circuit_open' | 'skipped'

/** Who a member is, and whether it took part. */
export interface MemberStanding {
  readonly id: string
  readonly kind: string
  readonly replica: string
  readonly model: string
  readonly status: MemberStatus
  readonly error?: { readonly code: ErrorCode; readonly message: string }
  /** As configured, or as the request sets it. */
  readonly weight: number
}

/** One member's part in an answer. Entropies and divergences are in bits; shares are in [0, 1]. */
export interface MemberDiagnosis extends MemberStanding {
  /** When it was away; left out where it never was. Steps are counted from 0. */
  readonly away?: readonly {
    readonly from_step: number
    /** The first step with it again; null: it did not come back. */
    readonly to_step: number | null
    readonly code: ErrorCode
  }[]
  /** After the weights of absent members are shared out, and as the text has made adaptive ones; 0 for a member that is absent at the end. */
  readonly effective_weight: number
  readonly latency_ms: { readonly total: number; readonly first_token: number | null }
  /** HTTP calls made for distributions. */
  readonly calls: number
  /** Distinct contexts whose list was held. */
  readonly contexts: number
  readonly revivals: number
  /** Tokens in the prompt, list entries received, lists used by the fused output, lists fetched for nothing. */
  readonly tokens: { readonly prompt: number; readonly listed: number; readonly used: number; readonly wasted: number }
  /**
   * −log2 of the member's probability of the text decided, per byte, with what a stop string has cut off; null when there is
   * none, or the member held some of it for impossible.
   */
  readonly bits_per_byte: number | null
  /** Share of steps at which the member's own likeliest symbol was the chosen one. */
  readonly agreement: number | null
  readonly mean_entropy: number | null
  /** Mean over steps of KL(member ‖ ensemble); null when infinite: the pool ruled out what the member held possible. */
  readonly mean_kl_to_ensemble: number | null
  /** Mean over steps of w·p_m(x)/Σ w·p(x) for the chosen symbol x. */
  readonly mean_responsibility: number | null
  /** Mean share of the member's mass on control tokens, which no text can hold. */
  readonly mean_excluded_mass: number | null
  /**
   * Its contexts are text, which its server tokenizes anew: what it would say at other token borders is never heard. Null for a
   * member that took no part.
   */
  readonly boundary_bias: boolean | null
  /** Steps whose choice would have been another without this member, or none at all. */
  readonly pivotal_steps: number
}

/** A symbol that could have been chosen. */
export interface StepCandidate extends SymbolProbability {
  /** What each member gives it, in the order of the step's members. */
  readonly members: readonly number[]
}

/** One decided symbol; sent for `diagnostics: "steps"`. */
export interface StepDiagnosis {
  /** The symbol: a byte 0–255 or a token id, by the granularity; or "end". */
  readonly symbol: number | 'end'
  /** −log2 of the fused probability of the symbol; null for a probability of 0, which penalties can leave to choose from. */
  readonly surprisal: number | null
  /** Of the fused distribution, and its bounds whatever the lists hide. */
  readonly entropy: number
  readonly entropy_low: number
  readonly entropy_high: number
  /** How far the members are from one another: Jensen–Shannon divergence by their weights. */
  readonly jensen_shannon: number
  readonly certified: boolean
  readonly missing_mass: number
  readonly members: readonly {
    readonly id: string
    readonly probability: number
    /** Of the member's own distribution. */
    readonly entropy: number
    /** Share of its mass that its lists hide at this step. */
    readonly unlisted: number
    /** KL(member ‖ ensemble); null when infinite. */
    readonly kl_to_ensemble: number | null
    readonly responsibility: number
    readonly pivotal: boolean
  }[]
  /** The likeliest symbols before temperature and filters, likeliest first, and the chosen one, when the request asks for them. */
  readonly candidates?: readonly StepCandidate[]
}

export interface Diagnosis {
  readonly name: string
  readonly pool: string
  readonly granularity: string
  readonly degraded: boolean
  /** When degraded: share of the configured weights whose members took no part, on average over the steps. */
  readonly missing_weight?: number
  readonly steps: number
  readonly certified_steps: number
  readonly waves: number
  /**
   * Share of steps at which every member's server, running ahead, went the chosen way: greedily, or by the same noise where it runs
   * the lattice. What run-ahead streams gain from.
   */
  readonly acceptance: number | null
  /** Weighted share of the members' mass hidden by their lists, averaged over steps. */
  readonly missing_mass_mean: number
  readonly missing_mass_max: number
  /** Shares of live mass that pruning dropped, summed over prompt and steps, by the members' effective weights. */
  readonly pruned_mass: number
  /**
   * Bound on the total variation between the fused distribution of a step and what full lists of that step would give, the
   * lattices' weights taken as they are; the worst step.
   */
  readonly error_bound_tv: number
  /** What the answer has cost, summed over the members, in their own tokens. */
  readonly usage: {
    readonly calls: number
    readonly prompt_tokens: number
    readonly contexts: number
    readonly listed: number
    readonly wasted: number
  }
  readonly members: readonly MemberDiagnosis[]
  readonly timings: { readonly total_ms: number; readonly waiting_ms: number; readonly fusing_ms: number }
  /** When the request asks for it. */
  readonly timeline?: TimelineView
}
