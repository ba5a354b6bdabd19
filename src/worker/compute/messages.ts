import type { Sampling } from '../../core/decode/choose.ts'
import type { VocabularySource } from '../../core/lattice/vocabulary.ts'
import type { ErrorCode } from '../../errors.ts'

/** How a stream ended: asked for no more tokens, the model ended the text, or the context is full. */
export type FinishReason = 'length' | 'stop' | 'context_length'

/** Work for the compute thread. */
export type Job =
  /** Goes on greedily, or as `walk` says (walker.ts). */
  | { kind: 'continue'; tokens: Int32Array; maxTokens: number; topK: number; stopAtEnd: boolean; walk: Sampling | null }
  /** Lists along `tokens` from position `context` on. */
  | { kind: 'score'; tokens: Int32Array; context: number; topK: number }
  /** Raw logits at every position, from the zero state. */
  | { kind: 'infer'; tokens: Int32Array }

export type ToCompute =
  /** Comes before the first job: the thread knows the model's logits, not its tokens. */
  | { kind: 'vocabulary'; source: VocabularySource }
  /** All at once, so that jobs that can run together do. */
  | { kind: 'start'; jobs: readonly { readonly id: number; readonly job: Job }[] }
  /** The consumer has taken `count` steps: the thread may go on. */
  | { kind: 'taken'; id: number; count: number }
  | { kind: 'cancel'; id: number }
  | { kind: 'close' }

/** One step of a continuation or a score. */
export interface Step {
  readonly token: number
  /** Natural logarithm, of the token. */
  readonly logProb: number
  readonly end: boolean
  /** Descending; null when `logProbs` is the whole vocabulary by id. */
  readonly ids: Int32Array | null
  readonly logProbs: Float32Array
}

export type FromCompute =
  | { kind: 'ready'; vocabularySize: number }
  | { kind: 'step'; id: number; step: Step; cached: number; finish: FinishReason | null }
  /** Logits [positions, vocabulary] that follow those sent before. */
  | { kind: 'logits'; id: number; values: Float32Array; finish: FinishReason | null }
  | { kind: 'failed'; id: number; code: ErrorCode; message: string }

export interface ComputeSettings {
  readonly onnxPath: string
  /** Threads within one operator. */
  readonly threads: number
  /** Most rows of a run. */
  readonly maxBatch: number
  /** Most new tokens of a row in one run, so that a long prompt doesn't hold up the others. */
  readonly chunk: number
  /** Steps a continuation may be ahead of its consumer. */
  readonly ahead: number
  /** Bytes of kept states. */
  readonly stateBytes: number
  /** The same context always gives the same bits, whatever runs with it and ran before (attention-states.ts). */
  readonly deterministic: boolean
  readonly contextLength: number
  readonly end: readonly number[]
  /** Read by the server without asking the thread, see counters.ts. */
  readonly counters: SharedArrayBuffer
}
