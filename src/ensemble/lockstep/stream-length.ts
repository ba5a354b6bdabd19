/** Lengths of run-ahead streams, in steps of the stream. */
const first = 32
const most = 512

/** Least length of a stream that is worth opening. */
const least = 16
/** How much longer a stream is made than the part of the last one that was of use. */
const growth = 4
/** After so many streams in a row that were of no use beyond their first list no step ahead is asked for. */
const patience = 3

/**
 * How far a run-ahead stream may run: twice as far after one that was of use to its end, by its use after one that the text
 * has left; a single step, as without running ahead, where streams have been of no use. The length bounds the waste where
 * a member is faster than the ensemble, and each end that the text reaches costs the time to a first token, so that it
 * must not be tight: a server whose stream is closed stops by itself.
 */
export class StreamLength {
  readonly #most: number
  #steps: number
  #useless = 0

  /** @param mostSteps what the memory of unread steps allows. */
  constructor(mostSteps: number) {
    this.#most = Math.max(1, Math.min(most, Math.floor(mostSteps)))
    this.#steps = Math.min(first, this.#most)
  }

  get steps(): number {
    return this.#steps
  }

  /** The text has come to the end of a stream. */
  finished(): void {
    this.#steps = Math.min(this.#most, this.#steps * 2)
  }

  /** The text has left a stream after `used` of its steps. */
  left(used: number): void {
    this.#useless = used <= 1 ? this.#useless + 1 : 0
    this.#steps = this.#useless >= patience ? 1 : Math.min(this.#most, Math.max(least, used * growth))
  }
}
