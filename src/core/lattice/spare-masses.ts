import { Masses } from './masses.ts'

/**
 * Arrays for the sums of one path and of its copies, which use them in turn: a copy at every place that runs ahead of the text
 * would hold more in them than in all its contexts.
 */
export class SpareMasses {
  readonly #symbols: number
  readonly #free: Masses[] = []

  constructor(symbols: number) {
    this.#symbols = symbols
  }

  take(): Masses {
    return this.#free.pop() ?? new Masses(this.#symbols)
  }

  /** What was computed in them is no longer good. */
  give(masses: Masses): void {
    this.#free.push(masses)
  }
}
