/** What is left of the remainder after one more byte: the text that came is evidence for the live hypotheses. */
const kept = 1 / 4
/** Once a context has been pruned no symbol is impossible again. */
const least = 1e-9

/**
 * What pruning has cost a lattice. Pruned contexts are never asked for their lists, so nothing is known of what they
 * would say; their share of the mass, the remainder, is given to all bytes alike that are valid and that some token
 * begins with. Without it a lattice that has pruned every token border would hold most symbols for impossible, and
 * one of them would cost an infinite number of bits.
 */
export class Remainder {
  /** Share of the mass that belongs to pruned contexts. */
  share = 0
  /** Shares dropped, summed over bytes. */
  total = 0
  /** Dropped at the last byte and not yet in the total: weight, and share of the mass that was live then. */
  #weight = 0
  #fresh = 0

  /** A byte more, at which contexts of `weight` were pruned, a share `pruned` of the live mass. */
  advance(weight: number, pruned: number): void {
    this.total += this.#fresh
    this.#weight = weight
    this.#fresh = pruned
    const share = this.share * kept + pruned
    this.share = share > 0 ? Math.max(share, least) : 0
  }

  /**
   * Takes what the last byte dropped as a share of `mass`, that of the live contexts' valid continuations, in the weights'
   * units. A live context may have put mass where no text can go, and a pruned one none: then the share of the mass that
   * counts was larger than that of all mass, and only this one bounds how the next distribution has changed.
   */
  settle(mass: number): void {
    if (this.#weight > 0) this.total += this.#weight / (mass + this.#weight)
    this.#weight = 0
    this.#fresh = 0
  }

  /** The lattice starts anew, with nothing pruned. */
  clear(): void {
    this.advance(0, 0)
    this.share = 0
  }

  clone(): Remainder {
    const copy = new Remainder()
    copy.share = this.share
    copy.total = this.total
    copy.#weight = this.#weight
    copy.#fresh = this.#fresh
    return copy
  }
}
