/** Milliseconds during which at least one of several overlapping activities went on. */
export class BusyTime {
  readonly #clock: () => number
  #active = 0
  #since = 0
  #total = 0

  constructor(clock: () => number) {
    this.#clock = clock
  }

  get ms(): number {
    return this.#active > 0 ? this.#total + this.#clock() - this.#since : this.#total
  }

  async during<T>(activity: () => Promise<T>): Promise<T> {
    if (this.#active++ === 0) this.#since = this.#clock()
    try {
      return await activity()
    } finally {
      if (--this.#active === 0) this.#total += this.#clock() - this.#since
    }
  }
}
