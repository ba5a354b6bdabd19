import type { Tensor } from 'onnxruntime-node'

/** The state of a context, held by a running row. */
export interface Held {
  /** Tokens that the state has seen. */
  readonly length: number
  /** Logits after the last of them, where the store keeps them (recurrent states can't be stepped back by a token). */
  readonly logits: Float32Array | null
}

export type Tensors = Readonly<Record<string, Tensor>>

/** The inputs of a run that depend on states. */
export interface Prepared {
  readonly feeds: Tensors
  /** Past columns of the run. 0 for recurrent states. */
  readonly past: number
  /** For each row how many tokens come before the first that it reads: its state's, or fewer if it reads some again. */
  readonly from: readonly number[]
  /** Columns that are read. A row that has fewer tokens to read is filled up behind them. */
  readonly reads: number
}

/** A run that is over. */
export interface Run extends Omit<Prepared, 'feeds'> {
  readonly outputs: Tensors
}

/** What a run did to a row. */
export interface Advance<H extends Held> {
  readonly held: H
  /** The row's tokens up to and including the new ones. */
  readonly tokens: Int32Array
}

/**
 * Keeps the states of recent contexts and carries them in and out of batched runs. `H` is what a row holds; it stays
 * valid until it is released or goes through `absorb`, whatever is evicted meanwhile.
 */
export interface States<H extends Held> {
  /** The state of the longest known prefix from which the logits after `context` tokens can still be had. */
  find(tokens: Int32Array, context: number): H
  /** The state before the first token. */
  start(): H
  /** Indexes of the candidates that run together, first come first taken, when each gets `count` new tokens. */
  choose(candidates: readonly H[], count: number): number[]
  prepare(rows: readonly H[], count: number): Prepared
  /** Stores the new states and hands them back in the order of the rows. `lastLogits` gives a row's last position. */
  absorb(rows: readonly Advance<H>[], run: Run, lastLogits: (row: number) => Float32Array): H[]
  release(held: H): void
  /** Bytes and number of the stored states. */
  readonly bytes: number
  readonly entries: number
}
