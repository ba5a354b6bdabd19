import type { Sampling } from '../../core/decode/choose.ts'
import type { ByteLattice } from '../../core/lattice/byte-lattice.ts'
import type { LatticeContext } from '../../core/lattice/context.ts'
import type { ListSource } from './list-source.ts'

/**
 * Lists asked for as soon as it is foreseen that the lattice will need them: the model then takes one step for each token of
 * the path, with the contexts of other tokenizations in the same batch, and not one for each byte at which a token may end.
 */
export class Prefetch implements ListSource {
  readonly #lists: ListSource
  readonly #coming = new Map<LatticeContext, Promise<void>>()

  constructor(lists: ListSource) {
    this.#lists = lists
  }

  async fetch(contexts: readonly LatticeContext[], signal: AbortSignal): Promise<void> {
    const others = contexts.filter((context) => !this.#coming.has(context))
    const coming = contexts.flatMap((context) => this.#coming.get(context) ?? [])
    await Promise.all([others.length > 0 ? this.#lists.fetch(others, signal) : undefined, ...coming])
    // What was foreseen and failed is asked for in earnest.
    const failed = contexts.filter(({ list }) => list === null)
    if (failed.length > 0) await this.#lists.fetch(failed, signal)
  }

  /** Looks ahead of a lattice that is ready; returns how many bytes it has foreseen. */
  look(lattice: ByteLattice, sampling: Sampling, signal: AbortSignal): number {
    const { length, foresight, needed } = lattice.foresee(sampling)
    const ask = (contexts: readonly LatticeContext[]): void => {
      if (contexts.length === 0) return
      const asked = this.#lists.fetch(contexts, signal).then(
        () => {
          for (const context of contexts) this.#coming.delete(context)
          ask(contexts.flatMap((context) => foresight.listed(context)).filter((context) => !this.#coming.has(context)))
        },
        // A context that is never needed may fail, for instance by its length.
        () => {
          for (const context of contexts) this.#coming.delete(context)
        },
      )
      for (const context of contexts) this.#coming.set(context, asked)
    }
    ask(needed.filter((context) => !this.#coming.has(context)))
    return length
  }
}
