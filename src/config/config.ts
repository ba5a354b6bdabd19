/** The configuration as the program uses it: checked, complete, frozen. Milliseconds and bytes as the names say. */
export interface Config {
  readonly server: ServerConfig
  /** Null: rate limits are counted in process. */
  readonly redis: RedisConfig | null
  readonly members: readonly MemberConfig[]
  readonly ensembles: readonly EnsembleConfig[]
}

export interface ServerConfig {
  readonly host: string
  readonly port: number
  /** Empty: whoever can reach the gateway may use it. */
  readonly keys: readonly KeyConfig[]
  readonly allowAnonymous: boolean
  readonly metrics: 'key' | 'open'
  readonly console: boolean
  readonly bodyLimitBytes: number
  readonly limits: LimitsConfig
  readonly drainMs: number
  readonly logLevel: 'silent' | 'error' | 'warn' | 'info' | 'debug'
  readonly logContent: boolean
}

export interface KeyConfig {
  readonly name: string
  /** SHA-256 of the key in hexadecimal digits. */
  readonly sha256: string
  /** Null: all. */
  readonly ensembles: readonly string[] | null
  /** Null: no limit; so are the next. */
  readonly requestsPerMinute: number | null
  /** In members × tokens. */
  readonly costPerMinute: number | null
  readonly concurrency: number | null
}

/** What one request may ask for, and how much may go on at a time. Costs are in members × tokens. */
export interface LimitsConfig {
  readonly promptBytes: number
  readonly prompts: number
  readonly labels: number
  readonly choices: number
  readonly cost: number
  readonly running: number
  readonly runningCost: number
  readonly queued: number
  readonly queueMs: number
  readonly receiveMs: number
  readonly unreadMs: number
}

export interface RedisConfig {
  readonly url: string
  readonly prefix: string
  readonly timeoutMs: number
  readonly onFailure: 'open' | 'closed'
}

/** One member; its kind decides which fields it has. */
export type MemberConfig =
  | OnnxConfig
  | LlamacppConfig
  | VllmConfig
  | SglangConfig
  | TgiConfig
  | OipConfig
  | OpenaiConfig
  | OllamaConfig

interface CallFields {
  readonly id: string
  /** Null: no limit of its own. */
  readonly topK: number | null
  /** Of one HTTP call. */
  readonly timeouts: { readonly connectMs: number; readonly firstByteMs: number; readonly silenceMs: number }
  readonly resilience: ResilienceConfig
}

/** How failures of a member's servers are borne. Null: no limit, or not at all. */
export interface ResilienceConfig {
  readonly limits: {
    readonly firstTokenMs: number | null
    readonly betweenTokensMs: number | null
    readonly totalMs: number | null
  }
  readonly retries: {
    readonly most: number
    readonly firstMs: number
    readonly longestMs: number
    readonly budget: number
  }
  readonly hedge: { readonly quantile: number; readonly leastMs: number; readonly afterCalls: number } | null
  readonly breaker: { readonly failures: number; readonly openMs: number }
  readonly gate: { readonly most: number; readonly waiting: number } | null
}

/** Running servers: one, or several that serve the same model. */
interface Served {
  readonly urls: readonly string[]
}

/** A server that somebody else wrote. */
export interface ServerFields extends CallFields {
  readonly source: Served
  readonly apiKey: string | null
  /** Name of the model at the server; null: the one it serves. */
  readonly model: string | null
}

export interface OnnxConfig extends CallFields {
  readonly kind: 'onnx'
  /** Running workers, or a model folder (absolute path) that a worker process is started for. */
  readonly source: Served | { readonly model: string; readonly threads: number }
}

export interface LlamacppConfig extends ServerFields {
  readonly kind: 'llamacpp'
  /** Absolute path of a `tokenizer.json` or of its folder; null: learnt from the server. */
  readonly tokenizer: string | null
}

export interface VllmConfig extends ServerFields {
  readonly kind: 'vllm'
  /** Absolute path of a `tokenizer.json` or of its folder. */
  readonly tokenizer: string
}

export interface SglangConfig extends ServerFields {
  readonly kind: 'sglang'
  /** Absolute path of a `tokenizer.json` or of its folder. */
  readonly tokenizer: string
}

export interface TgiConfig extends ServerFields {
  readonly kind: 'tgi'
  /** Absolute path of a `tokenizer.json` or of its folder; null: texts stand for tokens. */
  readonly tokenizer: string | null
}

export interface OipConfig extends ServerFields {
  readonly kind: 'oip'
  readonly model: string
  /** Absolute path of a `tokenizer.json` or of its folder. */
  readonly tokenizer: string
  /** Name of the logits among the model's outputs. */
  readonly output: string
  readonly binary: boolean
  /** Null: what the server tells. */
  readonly contextLength: number | null
}

export interface OpenaiConfig extends ServerFields {
  readonly kind: 'openai'
  readonly model: string
  readonly api: 'chat' | 'completions'
  /** Absolute path of a `tokenizer.json` or of its folder; null: tokens are known by their texts. */
  readonly tokenizer: string | null
  /** Null: what the server tells, if it does. */
  readonly contextLength: number | null
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** Names of those whose values must never be shown. */
  readonly secretHeaders: readonly string[]
}

export interface OllamaConfig extends ServerFields {
  readonly kind: 'ollama'
  readonly model: string
  /** Absolute path of a `tokenizer.json` or of its folder; null: tokens are known by their texts. */
  readonly tokenizer: string | null
  /** Null: the modelfile's, or the server's usual. */
  readonly contextLength: number | null
}

export interface EnsembleConfig {
  readonly name: string
  /** Weights sum to 1; below 0 only in a `log_linear` pool. */
  readonly members: readonly { readonly id: string; readonly weight: number }[]
  readonly pool: 'linear' | 'log_linear' | 'vote'
  /** What requests may set for themselves. */
  readonly perRequest: readonly ('weights' | 'pool')[]
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
  /** Null: as long as the deadline allows. */
  readonly graceMs: number | null
  readonly onMemberLoss: 'degrade' | 'fail'
  readonly deadlineMs: number
  readonly sampling: { readonly temperature: number; readonly topP: number; readonly minP: number }
  readonly strategy: {
    readonly kind: 'fuse' | 'majority' | 'mbr' | 'rerank'
    readonly samples: number
    readonly canonicalise:
      | 'exact'
      | 'number'
      | { readonly choice: string }
      | { readonly regex: string }
      | { readonly json: string }
    readonly utility: 'exact' | 'chrf' | 'token_f1'
  }
  readonly adaptive: { readonly kind: 'none' | 'bayes' } | { readonly kind: 'prompt_fit'; readonly temperature: number }
  /** What the ensemble's weights file says beside the weights; null without one. */
  readonly learned: LearnedWeights | null
}

/** Of a file that `tutti tune` wrote. Lists are in the order of the ensemble's members. */
export interface LearnedWeights {
  /** Absolute path. */
  readonly file: string
  readonly granularity: 'byte' | 'token'
  /** Fingerprints of the vocabularies that members had; null where unknown. */
  readonly vocabularies: readonly (string | null)[]
  /** Null for weights learned from texts. */
  readonly classification: {
    readonly labels: readonly string[]
    readonly normalisation: 'none' | 'per_byte' | 'pmi' | 'contextual'
    readonly temperatures: readonly number[]
    readonly poolTemperature: number
    /** Of stacking: a row a label. */
    readonly coefficients: readonly (readonly number[])[] | null
  } | null
}
