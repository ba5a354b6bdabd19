/** Lengths of run-ahead streams, in steps of the stream. */
const first = 32
const most = 512

/** How much longer a stream is made than the part of the last one that was of use. */
const growth = 4

/**
 * How far a run-ahead stream may run: twice as far after one that was of use to its end, by its use after one that the text
 * has left; a single step, as without running ahead, when nothing of it was of use. Servers generate as fast as they
 * can, so that the length is what bounds the waste; and each end that the text reaches costs the time to a first token,
 * so that it must not be tight.
 */
export class StreamLength {
  readonly #most: number
  #steps: number

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
    this.#steps = used <= 1 ? 1 : Math.min(this.#most, used * growth)
  }
}
