/** Tokens that a member's stream goes through. */
export interface Draft {
  /** How many tokens of the output come before the first. */
  readonly from: number
  /** Grows as the stream is read. */
  readonly tokens: readonly number[]
}

const none = new Int32Array(0)

/**
 * What the streams of members of one vocabulary have in store. A member whose stream the text has left finds here how a member
 * goes on whose stream it hasn't, the survivor: likely to be how the text goes on, too. Its lists along that come in one call.
 */
export class Drafts {
  readonly #streams = new Map<object, Draft>()

  put(owner: object, draft: Draft): void {
    this.#streams.set(owner, draft)
  }

  take(owner: object): void {
    this.#streams.delete(owner)
  }

  /**
   * The longest draft of another's that goes on from a place in the output.
   *
   * @param place how many tokens the output has there.
   * @param last the last of them: a stream that has another there has been left, even if it isn't known yet.
   */
  after(owner: object, place: number, last: number): Int32Array {
    let longest = none
    for (const [other, { from, tokens }] of this.#streams) {
      const at = place - from
      if (other === owner || at < 1 || tokens[at - 1] !== last || tokens.length - at <= longest.length) continue
      longest = Int32Array.from(tokens.slice(at))
    }
    return longest
  }
}
