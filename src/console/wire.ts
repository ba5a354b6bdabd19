/**
 * What the page reads of the API's answers. What older gateways don't tell is optional, so that the compiler asks what the page
 * shows without it. Entropies and divergences in bits, shares in [0, 1].
 */

export interface EnsembleView {
  readonly name: string
  readonly ready: boolean
  readonly pool: string
  readonly granularity: 'byte' | 'token'
  readonly quorum: number
  readonly strategy: string
  readonly sampling: { readonly temperature: number }
  readonly members: readonly MemberView[]
  /** What a request may set by itself. */
  readonly per_request?: readonly string[]
}

export interface MemberView {
  readonly id: string
  readonly kind: string
  readonly weight: number
  readonly lead: boolean
  readonly status: 'up' | 'down'
  readonly reason: string | null
  readonly model: string | null
  readonly replicas: readonly Replica[]
  readonly capabilities: Capabilities | null
  readonly latency?: { readonly median_ms: number; readonly p95_ms: number; readonly calls: number } | null
  readonly calls_open?: number
  readonly streams_open?: number
  /** `at` in seconds since 1970. */
  readonly probe?: { readonly at: number; readonly ok: boolean; readonly notes: readonly string[] } | null
}

export interface Replica {
  readonly url: string
  readonly breaker: string
  readonly status?: 'up' | 'down'
  readonly reason?: string | null
}

export interface Capabilities {
  readonly max_top_k: number
  readonly exact_bytes: boolean
  readonly token_contexts: boolean
  readonly scoring: 'none' | 'chosen' | 'listed'
  readonly streaming: boolean
  readonly basis: 'raw' | 'warped'
  readonly context_length: number
}

export interface StepMember {
  readonly id: string
  readonly probability: number
  /** Null: infinite. */
  readonly kl_to_ensemble: number | null
  readonly responsibility: number
  readonly pivotal: boolean
  readonly entropy?: number
  readonly unlisted?: number
}

export interface Candidate {
  readonly symbol: number | 'end'
  readonly text: string | null
  readonly probability: number
  readonly low: number
  readonly high: number
  /** In the order of the step's members; null: absent. */
  readonly members: readonly (number | null)[]
}

export interface Step {
  readonly symbol: number | 'end'
  readonly surprisal: number | null
  readonly entropy: number
  readonly jensen_shannon: number
  readonly certified: boolean
  readonly missing_mass: number
  readonly members: readonly StepMember[]
  readonly candidates?: readonly Candidate[]
}

/** What a chunk says of its segment. */
export interface SegmentPart {
  readonly carrier: string
  readonly steps: readonly Step[]
  readonly at_ms?: number
}

export interface TimelineEvent {
  readonly at_ms: number
  readonly until_ms?: number
  readonly kind: string
  readonly how?: string
  readonly end?: string
  readonly contexts?: number
  readonly kept?: number
  readonly wasted?: number
}

export interface Timeline {
  readonly members: readonly { readonly id: string; readonly events: readonly TimelineEvent[] }[]
  /** When each segment was decided. */
  readonly segments: readonly number[]
  readonly truncated?: boolean
}

export interface MemberCost {
  readonly id: string
  readonly status: string
  readonly error?: { readonly code: string; readonly message: string }
  readonly effective_weight: number
  readonly latency_ms?: { readonly total: number }
  readonly calls?: number
  readonly tokens?: { readonly used: number; readonly wasted: number }
  readonly bits_per_byte?: number | null
  readonly agreement?: number | null
  readonly mean_responsibility?: number | null
  readonly pivotal_steps?: number
}

/** The diagnosis that comes with a choice's finish reason. What is optional is not told of a text that was chosen among whole answers. */
export interface Diagnosis {
  readonly name: string
  readonly degraded: boolean
  readonly seed: number
  readonly strategy?: string
  readonly steps?: number
  readonly certified_steps?: number
  readonly acceptance?: number | null
  readonly waves?: number
  readonly usage: { readonly calls: number; readonly wasted?: number }
  readonly members: readonly MemberCost[]
  readonly timings: { readonly total_ms: number }
  readonly timeline?: Timeline
}

/** One event of a stream of completions. */
export interface Chunk {
  readonly choices: readonly { readonly text: string; readonly finish_reason: string | null }[]
  readonly ensemble?: SegmentPart | Diagnosis
}

export interface Share {
  readonly probability: number
  readonly low: number
  readonly high: number
}

export interface LabelShare extends Share {
  readonly label: string
  readonly members: readonly (Share & { readonly id: string; readonly score: number | null })[]
}

export interface Classification {
  readonly results: readonly {
    readonly label: string
    readonly certain: boolean
    readonly degraded: boolean
    readonly labels: readonly LabelShare[]
  }[]
}

export interface ScoreFigures {
  readonly log_prob: number | null
  readonly log_prob_low: number | null
  readonly log_prob_high: number | null
  readonly bits: number | null
  readonly bits_per_byte: number | null
}

export interface TextScore extends ScoreFigures {
  readonly bytes: number
  readonly degraded: boolean
  readonly members: readonly (ScoreFigures & { readonly id: string })[]
  readonly segments?: readonly ScoredSegment[]
}

export interface ScoredSegment {
  readonly text: string
  readonly bytes: readonly number[]
  readonly log_prob: number | null
  readonly members: readonly { readonly id: string; readonly log_prob: number | null }[]
}
