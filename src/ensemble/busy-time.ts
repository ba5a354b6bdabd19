/** Milliseconds during which at least one of several overlapping activities went on. */
export class BusyTime {
  readonly #clock: () => number
  readonly #ended: ((from: number, until: number) => void) | null
  #active = 0
  #since = 0
  #total = 0

  /** @param ended told of each stretch without a gap, in the clock's milliseconds. */
  constructor(clock: () => number, ended: ((from: number, until: number) => void) | null = null) {
    this.#clock = clock
    this.#ended = ended
  }

  get ms(): number {
    return this.#active > 0 ? this.#total + this.#clock() - this.#since : this.#total
  }

  #end(now: number): void {
    this.#total += now - this.#since
    this.#ended?.(this.#since, now)
  }

  async during<T>(activity: () => Promise<T>): Promise<T> {
    if (this.#active++ === 0) this.#since = this.#clock()
    try {
      return await activity()
    } finally {
      if (--this.#active === 0) this.#end(this.#clock())
    }
  }
}
