/** The parts of the gateway's answers that the commands read. */
export interface SymbolShare {
  readonly probability: number
  readonly members: readonly { readonly id: string; readonly probability: number }[]
}

interface MemberReport {
  readonly id: string
  readonly status: string
  readonly error?: { readonly message: string }
  readonly weight: number
  readonly effective_weight: number
  readonly bits_per_byte: number | null
  readonly mean_responsibility: number | null
}

export interface Report {
  readonly name: string
  readonly degraded: boolean
  readonly steps: number
  readonly certified_steps: number
  readonly missing_mass_mean: number
  readonly members: readonly MemberReport[]
  readonly timings: { readonly total_ms: number }
  readonly seed?: number
}

/** Of an answer that was chosen among whole ones. */
export interface AnswerReport {
  readonly strategy: string
  readonly degraded: boolean
  readonly candidates: readonly {
    readonly author: string
    readonly text: string
    readonly canonical: string | null
    readonly score: number | null
    readonly chosen: boolean
  }[]
  readonly members: readonly Pick<MemberReport, 'id' | 'status' | 'error'>[]
  readonly usage: { readonly answer_tokens: number }
  readonly timings: { readonly total_ms: number }
  readonly seed?: number
}

export interface PredictionAnswer {
  readonly model: string
  readonly symbols: readonly (SymbolShare & { readonly symbol: number | 'end' })[]
  readonly words: readonly (SymbolShare & { readonly text: string })[]
  readonly entropy: number
  readonly certified: boolean
  readonly ensemble: Report
}

interface ScoreFigures {
  readonly log_prob: number | null
  readonly bits: number | null
  readonly bits_per_byte: number | null
}

export interface ScoreAnswer {
  readonly model: string
  readonly scores: readonly (ScoreFigures & {
    readonly bytes: number
    readonly missing_mass_mean: number
    readonly members: readonly (ScoreFigures & { readonly id: string })[]
    readonly segments?: readonly {
      readonly text: string
      readonly log_prob: number | null
      readonly members: readonly { readonly id: string; readonly log_prob: number | null }[]
    }[]
    readonly ensemble: Report
  })[]
}

export interface ClassifyAnswer {
  readonly model: string
  readonly pool: string
  readonly results: readonly {
    readonly certain: boolean
    readonly labels: readonly (SymbolShare & { readonly label: string })[]
    readonly ensemble: {
      readonly members: readonly {
        readonly id: string
        readonly status: string
        readonly error?: { readonly message: string }
        readonly effective_weight: number
      }[]
    }
  }[]
}

export interface CompletionChunk {
  readonly choices: readonly { readonly text: string; readonly finish_reason: string | null }[]
  readonly usage?: { readonly completion_tokens: number } | null
  readonly ensemble?: Report | AnswerReport | { readonly carrier: string }
}

export interface EnsembleList {
  readonly data: readonly {
    readonly name: string
    readonly members: readonly { readonly id: string; readonly weight: number }[]
  }[]
}
