import type { PathContext } from '../../core/lattice/symbol-path.ts'
import { unknownTexts } from '../../core/lattice/text-list.ts'
import { BusyTime } from '../busy-time.ts'
import type { Lane } from '../timeline/lane.ts'

/** What a member did in one request; forks of a walk share it. */
export class Ledger {
  /** Shows it all, when the request asks for that. */
  readonly lane: Lane | null
  /** HTTP calls made for distributions. */
  calls = 0
  /** List entries received. */
  listed = 0
  promptTokens: number | null = null
  firstListMs: number | null = null
  /** Time in which the request waited for the member. */
  readonly waiting: BusyTime
  /** Contexts whose list was held, and those of them that took part in a distribution. */
  fetched = 0
  used = 0
  /** Which contexts are counted as used; holds none of them in memory. */
  readonly #counted = new WeakSet<PathContext>()

  constructor(clock: () => number, lane: Lane | null = null) {
    this.lane = lane
    this.waiting = new BusyTime(clock, lane === null ? null : (from, until) => lane.wait(from, until))
  }

  use(contexts: readonly PathContext[]): void {
    for (const context of contexts) {
      // Inside a character a text has a list that no server was asked for.
      if (this.#counted.has(context) || context.list === unknownTexts) continue
      this.#counted.add(context)
      this.used++
      this.lane?.used(context)
    }
  }

  isUsed(context: PathContext): boolean {
    return this.#counted.has(context)
  }
}
