import type { ErrorCode } from '../errors.ts'

export type MemberStatus = 'ok' | 'timeout' | 'error' | 'circuit_open' | 'skipped'

/** One member's part in an answer. Entropies and divergences are in bits; shares are in [0, 1]. */
export interface MemberDiagnosis {
  readonly id: string
  readonly kind: string
  readonly replica: string
  readonly model: string
  readonly status: MemberStatus
  readonly error?: { readonly code: ErrorCode; readonly message: string }
  /** As configured. */
  readonly weight: number
  /** After the weights of absent members are shared out; 0 for a member that is absent at the end. */
  readonly effective_weight: number
  readonly latency_ms: { readonly total: number; readonly first_token: number | null }
  /** HTTP calls made for distributions. */
  readonly calls: number
  /** Distinct contexts whose list was held. */
  readonly contexts: number
  readonly revivals: number
  /** Tokens in the prompt, list entries received, lists used by the fused output, lists fetched for nothing. */
  readonly tokens: { readonly prompt: number; readonly listed: number; readonly used: number; readonly wasted: number }
  /** −log2 of the member's probability of the emitted text, per byte; null when nothing was emitted. */
  readonly bits_per_byte: number | null
  /** Share of steps at which the member's own likeliest symbol was the chosen one. */
  readonly agreement: number | null
  readonly mean_entropy: number | null
  /** Mean over steps of KL(member ‖ ensemble). */
  readonly mean_kl_to_ensemble: number | null
  /** Mean over steps of w·p_m(x)/Σ w·p(x) for the chosen symbol x. */
  readonly mean_responsibility: number | null
  /** Steps whose choice would have been another without this member. */
  readonly pivotal_steps: number
}

/** One decided symbol; sent for `diagnostics: "steps"`. */
export interface StepDiagnosis {
  /** The symbol: a byte 0–255 or a token id, by the granularity; or "end". */
  readonly symbol: number | 'end'
  /** −log2 of the fused probability of the symbol. */
  readonly surprisal: number
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
    /** KL(member ‖ ensemble). */
    readonly kl_to_ensemble: number
    readonly responsibility: number
    readonly pivotal: boolean
  }[]
}

export interface Diagnosis {
  readonly name: string
  readonly pool: string
  readonly granularity: string
  readonly degraded: boolean
  readonly steps: number
  readonly certified_steps: number
  readonly waves: number
  /** Weighted share of the members' mass hidden by their lists, averaged over steps. */
  readonly missing_mass_mean: number
  readonly missing_mass_max: number
  /** Largest share of a step's mass that pruning dropped, weighted over members, summed over steps. */
  readonly pruned_mass: number
  /** Bound on the total variation between the fused distribution and that of full lists, the worst step. */
  readonly error_bound_tv: number
  readonly members: readonly MemberDiagnosis[]
  readonly timings: { readonly total_ms: number; readonly waiting_ms: number; readonly fusing_ms: number }
}
