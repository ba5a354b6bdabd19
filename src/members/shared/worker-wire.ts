// What the ONNX worker's own routes take and send: the contract between src/worker/http and src/members/onnx.
// Numbers in base64 are little-endian, as in OpenAI's embeddings.

export type EncodingFormat = 'float' | 'base64'

export type WireContext = { readonly tokens: readonly number[] } | { readonly text: string }

/** How a path is chosen: by the noise of (seed, step, symbol), the step counting up from that of the first symbol. */
export interface WireWalk {
  /** An integer of at most 53 bits. */
  readonly seed: number
  readonly step: number
  /** 0 is greedy. */
  readonly temperature: number
  readonly top_p: number
  readonly min_p: number
}

/** `POST /v2/models/{m}/continue`: the model's own continuation, as server-sent events. */
export interface ContinueBody {
  readonly context: WireContext
  readonly max_tokens: number
  /** 0 to the vocabulary size. */
  readonly top_k: number
  readonly encoding_format?: EncodingFormat
  /** Whether an end token ends the stream; default true. */
  readonly stop_at_end?: boolean
  /** Absent: greedily. The lists are the model's own either way. */
  readonly walk?: WireWalk
}

/** `POST /v2/models/{m}/score`: lists along given tokens, one step per token of the continuation. */
export interface ScoreBody {
  readonly context: WireContext
  readonly continuation: { readonly tokens: readonly number[] }
  readonly top_k: number
  readonly encoding_format?: EncodingFormat
}

/** The likeliest tokens, by descending log-probability; int32 and float32 when in base64. */
export interface WireList {
  /** Absent when `log_probs` is base64 and holds the whole vocabulary in order of ids. */
  readonly ids?: readonly number[] | string
  readonly log_probs: readonly number[] | string
}

/** One token: an event of `continue`, an element of `steps` of `score`. */
export interface WireStep {
  readonly index: number
  readonly id: number
  /** Base64 of the token's bytes, empty for end and control tokens. */
  readonly bytes: string
  readonly log_prob: number
  /** The token ends a text. */
  readonly end: boolean
  readonly top: WireList
}

/** First event of a stream. */
export interface WireStart {
  readonly prompt_tokens: number
  /** Those of them whose state was in the worker's cache. */
  readonly cached_tokens: number
}

export interface WireUsage extends WireStart {
  readonly completion_tokens: number
}

/** Last event of a stream; a stream that ends without it has failed. */
export interface WireFinish {
  readonly finish_reason: 'length' | 'stop' | 'context_length'
  readonly usage: WireUsage
}

export interface ScoreAnswer {
  readonly steps: readonly WireStep[]
  readonly usage: WireUsage
}

/** `POST /v2/models/{m}/bytes`: the byte lattice along the model's own path, as server-sent events. */
export interface BytesBody {
  readonly prompt: string
  /** Tokens that stand before the prompt as they are. Absent: those that begin the model's contexts. */
  readonly after?: readonly number[]
  /** Base64 of the bytes that the text goes on with; the first step comes after them. Default none. */
  readonly forced?: string
  /** 0 to below 1: share of live mass below which a new context is pruned. */
  readonly tau: number
  /** What stands for the mass that a list hides; default `spread`. */
  readonly unlisted?: 'spread' | 'renormalise'
  /** 1 to the vocabulary size; longer lists than that are whole. */
  readonly top_k: number
  /** Absent: greedily. `step` is that of the first step. */
  readonly walk?: WireWalk
  /** Bounds also how far the worker runs ahead of a reader: it can't see what is read. */
  readonly max_symbols: number
}

/** First event of a byte stream. */
export interface WireByteStart {
  readonly prompt_tokens: number
  /** Forced bytes whose place the worker knew from earlier streams. */
  readonly known_bytes: number
}

/** The model's distribution of the next of 257 symbols (256 bytes, the end), and the symbol that its path goes on with. */
export interface WireByteStep {
  readonly index: number
  /** Base64 of 257 float64. */
  readonly probabilities: string
  /** Bounds, where the lists hide something; absent, they are the probabilities. */
  readonly low?: string
  readonly high?: string
  readonly missing: number
  readonly mass: number
  readonly excluded: number
  /** Bytes since the last token border of the likeliest tokenization. */
  readonly since_border: number
  /** Sums since the prompt's end, those over the forced bytes among them. */
  readonly counters: { readonly revivals: number; readonly pruned_mass: number }
  readonly contexts: { readonly fetched: number; readonly used: number }
  readonly symbol: number
}

/** Last event of a byte stream. */
export interface WireByteFinish {
  readonly finish_reason: 'length' | 'stop' | 'context_length'
  readonly usage: WireByteStart & { readonly completion_symbols: number }
}

/** `POST /v2/models/{m}/chat`: a talk as the model was trained to see it. */
export interface ChatBody {
  readonly messages: readonly { readonly role: string; readonly content: string }[]
  /**
   * Whether the beginning of an answer follows; default true unless the last message is the assistant's. False: an
   * assistant's last message stays open, for the model to go on with.
   */
  readonly add_generation_prompt?: boolean
}

export interface ChatAnswer {
  /** A whole context, with the beginning-of-sequence token if the template has one. */
  readonly tokens: readonly number[]
  /** What the template made, names of special tokens included. */
  readonly text: string
}

/** `GET /v2/models/{m}/vocabulary`. */
export interface WireVocabulary {
  /** SHA-256 over id → bytes and the special ids. */
  readonly fingerprint: string
  readonly size: number
  /** Base64 of the bytes of all tokens, one after the other by id. */
  readonly bytes: string
  /** Base64 of int32: the length of each token. */
  readonly lengths: string
  readonly end: readonly number[]
  readonly control: readonly number[]
  readonly bos: number | null
}

/** Body of every 4xx and 5xx, and an event of a stream that fails under way. */
export interface WireError {
  readonly error: string
  readonly code: string
  /** The field at fault, where there is one. */
  readonly param?: string
}
