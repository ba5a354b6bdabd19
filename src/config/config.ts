/** The configuration as the program uses it: checked, complete, frozen. Milliseconds and bytes as the names say. */
export interface Config {
  readonly server: ServerConfig
  readonly members: readonly MemberConfig[]
  readonly ensembles: readonly EnsembleConfig[]
}

export interface ServerConfig {
  readonly host: string
  readonly port: number
  readonly bodyLimitBytes: number
  readonly logLevel: 'silent' | 'error' | 'warn' | 'info' | 'debug'
}

export interface MemberConfig {
  readonly id: string
  readonly kind: 'onnx'
  /** A running worker, or a model folder (absolute path) that a worker process is started for. */
  readonly source: { readonly url: string } | { readonly model: string; readonly threads: number }
  /** Null: no limit of its own. */
  readonly topK: number | null
  readonly timeouts: { readonly connectMs: number; readonly firstByteMs: number; readonly silenceMs: number }
}

export interface EnsembleConfig {
  readonly name: string
  /** Weights sum to 1; below 0 only in a `log_linear` pool. */
  readonly members: readonly { readonly id: string; readonly weight: number }[]
  readonly pool: 'linear' | 'log_linear' | 'vote'
  readonly granularity: 'auto' | 'byte' | 'token'
  readonly tau: number
  readonly topK: number
  readonly unlisted: 'spread' | 'renormalise'
  readonly uncertified: 'emit' | 'longer_lists'
  readonly decoding: 'stepwise' | 'run_ahead'
  /** Null: no limit. */
  readonly runAheadBudget: number | null
  /** Index into `members`. */
  readonly lead: number
  readonly quorum: number
  readonly deadlineMs: number
  readonly sampling: { readonly temperature: number; readonly topP: number; readonly minP: number }
}
