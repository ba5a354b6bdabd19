import type { Sampling } from '../core/decode/choose.ts'
import type { TextDistribution } from '../core/distribution/text-distribution.ts'
import type { TokenDistribution } from '../core/distribution/token-distribution.ts'
import type { UnlistedPolicy } from '../core/lattice/completed-list.ts'
import type { Conditional, PathCounters } from '../core/lattice/symbol-path.ts'
import type { Vocabulary } from '../core/lattice/vocabulary.ts'

/** What a member conditions on: its own token ids (with the beginning-of-sequence token, if it has one), or text. */
export type Context = { readonly tokens: Int32Array } | { readonly text: string }

/** One step of a member's own continuation. */
export interface MemberStep {
  /** The member's distribution after the context and the steps before. */
  readonly distribution: TokenDistribution
  /** The token the member goes on with: its greedy choice, or the given token when scoring. */
  readonly token: number
}

/** One step of the continuation by a member whose vocabulary is unknown. */
export interface TextStep {
  readonly distribution: TextDistribution
  /** The bytes it goes on with; null at the end of the text. */
  readonly bytes: Uint8Array | null
}

export interface Capabilities {
  /** Most tokens a list can hold; the vocabulary size where the protocol has no limit. */
  readonly maxTopK: number
  /** Token bytes are exact, not decoded text. */
  readonly exactBytes: boolean
  /**
   * Contexts may be token ids. Where they may not, the text is tokenized anew at every call, and what the model has to say at a
   * border of its own choosing is never heard: the member's distributions have a boundary bias.
   */
  readonly tokenContexts: boolean
  /** Which log-probabilities the server reports along given tokens. */
  readonly scoring: 'none' | 'chosen' | 'listed'
  readonly streaming: boolean
  /** Whether reported log-probabilities are the model's own or after temperature and filters. */
  readonly basis: 'raw' | 'warped'
  /** Hash of id → bytes and of the special ids; equal for members with one vocabulary. Null when unknown. */
  readonly vocabularyFingerprint: string | null
  /** Most tokens of a context and its continuation together. */
  readonly contextLength: number
}

/** What the start-up probe found. */
export interface Probe {
  /** The model's name as its server gives it. */
  readonly model: string
  readonly capabilities: Capabilities
  /** Null when neither the server nor a tokenizer file tells it: such a member has `continueText`. */
  readonly vocabulary: Vocabulary | null
  /** What is no fault, and good to know, where somebody has looked. */
  readonly notes?: readonly string[]
}

/** What a server counted in one call. */
export interface ServerUsage {
  /** Of the context; of all of them together in a call of several. */
  readonly promptTokens: number
  /** Those of them that its cache held; null where it does not tell. */
  readonly cachedTokens: number | null
}

export interface QueryOptions {
  readonly topK: number
  readonly signal: AbortSignal
  /** Told what the server counted, by protocols that say: once a call, if the call is read to its end. */
  readonly onUsage?: ((usage: ServerUsage) => void) | undefined
}

export interface ContinueOptions extends QueryOptions {
  readonly maxTokens: number
  /**
   * How the member's path is chosen, so that it keeps to the ensemble's when that is sampled: by the ensemble's own noise.
   * Absent: greedily. A hint: a server that can't walk by given noise goes on greedily. Lists never depend on it.
   */
  readonly walk?: Sampling
}

export type ScoreOptions = QueryOptions

/** One place in a text as a server sees it that runs the byte lattice itself. */
export interface ByteStep {
  /** The member's distribution of the next byte; its arrays are the receiver's own. */
  readonly conditional: Conditional
  /** Bytes since the last token border of the likeliest tokenization of the text. */
  readonly sinceBorder: number
  /** What the lattice has pruned and woken since its start. */
  readonly counters: PathCounters
  /** Contexts whose list was fetched since the start, and those of them that took part in a distribution. */
  readonly contexts: { readonly fetched: number; readonly used: number }
  /** The byte, or the end, that the member's own path goes on with. */
  readonly symbol: number
}

export interface BytesRequest {
  /** Where the lattice starts: valid UTF-8. */
  readonly prompt: Uint8Array
  /** Tokens that stand before the prompt as they are, one or more. Absent: those that begin the model's contexts. */
  readonly after?: Int32Array | undefined
  /** Bytes that the text goes on with; the first step comes after them. */
  readonly forced: Uint8Array
  /** Share of live mass below which a new context is pruned. */
  readonly tau: number
  readonly unlisted: UnlistedPolicy
  /** How the path is chosen; `step` is that of the first step. */
  readonly walk: Sampling
  readonly maxSymbols: number
}

export interface ChatMessage {
  /** `system`, `user`, `assistant`, or what else the model's template knows. */
  readonly role: string
  readonly content: string
}

export interface AnswerRequest {
  /** A last message of the assistant's is gone on with, by members whose server can. */
  readonly messages: readonly ChatMessage[]
  readonly maxTokens: number
  readonly temperature: number
  readonly topP: number
  readonly seed: number | null
  readonly stop: readonly string[]
  /** Alternatives to tell of each token; 0 for none, and no log-probabilities. */
  readonly topK: number
}

/** A token that an answer has, or could have had, in a place. */
export interface AnswerAlternative {
  readonly text: string
  /** Null where the server does not tell them. */
  readonly bytes: Uint8Array | null
  /** Natural logarithm. */
  readonly logProb: number
}

export interface AnswerToken extends AnswerAlternative {
  /** The likeliest; the token itself may be none of them. */
  readonly alternatives: readonly AnswerAlternative[]
}

/** What a model has written, sampled by its own server. */
export interface Answer {
  readonly text: string
  readonly finish: 'stop' | 'length' | 'other'
  /** Null when none were asked for, or the server tells none. */
  readonly tokens: readonly AnswerToken[] | null
  readonly usage: { readonly promptTokens: number; readonly answerTokens: number } | null
}

/** How calls of one replica go. */
export interface ReplicaState {
  readonly url: string
  /** `open`: its last calls have failed, and it is not called for now; `half_open`: the next call tries it. */
  readonly breaker: 'closed' | 'open' | 'half_open'
  /** Why it is not called while another can be; null: it is. Absent where it is the only one: it stands as its member does. */
  readonly down?: string | null
}

/** Milliseconds until calls brought the first of their answers. */
export interface Latency {
  readonly medianMs: number
  readonly p95Ms: number
  readonly calls: number
}

/** How calls of a member go. */
export interface Traffic {
  /** Of the last minute; null when there were none. */
  readonly latency: Latency | null
  /** In work: calls that bring one answer, and streams. */
  readonly callsOpen: number
  readonly streamsOpen: number
}

/**
 * One language model as the ensemble sees it. Every method rejects with a `TuttiError` whose `member` is the id;
 * `member_unreachable`, `member_unavailable`, `member_busy` and `member_timeout` may be retried.
 */
export interface Member {
  readonly id: string
  /** Wire protocol, e.g. `onnx`. */
  readonly kind: string
  /** Streams the model's own greedy continuation of the context, one step a token, each with its list. */
  continue(context: Context, options: ContinueOptions): AsyncIterable<MemberStep>
  /** The same for a member of unknown vocabulary, whose `continue` rejects: lists of byte strings after a text. */
  continueText?(text: string, options: ContinueOptions): AsyncIterable<TextStep>
  /** The distribution after a context alone, where that comes in one piece; else it is the first step of `continue`. */
  list?(context: Context, options: QueryOptions): Promise<TokenDistribution>
  /** The same for a member of unknown vocabulary. */
  listText?(text: string, options: QueryOptions): Promise<TextDistribution>
  /** The distributions along the given continuation: one step per token of it, in one call. */
  score?(context: Context, continuation: Int32Array, options: ScoreOptions): Promise<readonly MemberStep[]>
  /** Next-token distributions of several contexts in one call, in their order, where the protocol takes several. */
  query?(contexts: readonly Context[], options: QueryOptions): Promise<readonly TokenDistribution[]>
  /**
   * The list of a call that asks the server to sample at a temperature, where it can be asked: one list at all temperatures means
   * that lists are the model's own. For probes.
   */
  listAt?(temperature: number, context: Context, options: QueryOptions): Promise<TokenDistribution>
  /**
   * The byte lattice run by the server along its own path: one step a byte. It runs no more than some tens of symbols ahead
   * of the reader; `context_length_exceeded` behind the last step that the model has room for.
   */
  bytes?(request: BytesRequest, options: QueryOptions): AsyncIterable<ByteStep>
  /**
   * The context of a talk, by the model's own chat template. When the last message is the assistant's, the context ends
   * inside it, for the model to go on with. `unsupported_parameter` for a model without a template.
   */
  chat?(messages: readonly ChatMessage[], signal: AbortSignal): Promise<Context>
  /** An answer to a conversation, written and sampled by the model's own server: for fusion of whole answers. */
  answer?(request: AnswerRequest, options: { readonly signal: AbortSignal }): Promise<Answer>
  /** Token ids of a text, with the beginning-of-sequence token that the model expects at the start of a context. */
  tokenize(text: string, signal: AbortSignal): Promise<Int32Array>
  /** Asks the server what it is and can do. The vocabulary is fetched once and shared by fingerprint. */
  probe(signal: AbortSignal): Promise<Probe>
  /** Of each replica, where their calls are watched. */
  replicas?(): readonly ReplicaState[]
  /** How its calls go, where they are measured. */
  traffic?(): Traffic
  /** The base URL of the replica that serves; of all of them, separated by commas, where there are several. */
  readonly replica: string
  close(): Promise<void>
}
