import type { Sampling } from '../../core/decode/choose.ts'
import type { ByteLattice } from '../../core/lattice/byte-lattice.ts'
import type { LatticeContext } from '../../core/lattice/context.ts'
import type { Conditional, Walk } from '../../core/lattice/symbol-path.ts'
import { TuttiError } from '../../errors.ts'
import type { Prefetch } from './prefetch.ts'

export interface PlaceSources {
  readonly lists: Prefetch
  /** The model's tokens of a text; with the beginning-of-sequence token, if it has one, where no tokens are given before. */
  tokenize(text: string): Int32Array
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * A lattice at a place in a text, and what it took to get there. It is moved as a gateway moves one over HTTP: for each
 * symbol `ready`, then `accept`; so that the counts are the same, too.
 */
export class Place {
  readonly lattice: ByteLattice
  readonly #sources: PlaceSources
  /** Tokens of the prompt. */
  promptTokens = 0
  /** Contexts whose list was fetched since the start, and those of them that took part in a distribution. */
  fetched = 0
  used = 0
  #alive: ReadonlySet<LatticeContext> = new Set()
  /** Asked for since the last distribution. */
  readonly #asked = new Set<LatticeContext>()

  constructor(lattice: ByteLattice, sources: PlaceSources) {
    this.lattice = lattice
    this.#sources = sources
  }

  /** An independent copy; of a place that is ready. */
  copy(): Place {
    const copy = new Place(this.lattice.detached(), this.#sources)
    copy.promptTokens = this.promptTokens
    copy.fetched = this.fetched
    copy.used = this.used
    copy.#alive = new Set(copy.lattice.contexts())
    return copy
  }

  async open(prompt: Uint8Array, after: Int32Array | undefined, signal: AbortSignal): Promise<void> {
    await this.#run(this.lattice.open(prompt, after), signal)
    this.promptTokens += after?.length ?? 0
  }

  accept(byte: number, signal: AbortSignal): Promise<void> {
    return this.#run(this.lattice.accept(byte), signal)
  }

  /** Gets the lists that the next distribution needs. A context is used when it is first alive here. */
  async ready(signal: AbortSignal): Promise<void> {
    await this.#run(this.lattice.ready(), signal)
    const alive = new Set(this.lattice.contexts())
    for (const context of alive) {
      if (this.#alive.has(context)) continue
      this.used++
      // One that was foreseen is counted here: it was not asked for again.
      if (!this.#asked.has(context)) this.fetched++
    }
    this.#alive = alive
    this.#asked.clear()
  }

  /** Gets ahead what will be needed for the bytes that are likely to come; returns how many were foreseen. */
  foresee(sampling: Sampling, signal: AbortSignal): number {
    return this.#sources.lists.look(this.lattice, sampling, signal)
  }

  /** The distribution of the next symbol; after `ready`, and good until the next. */
  conditional(): Conditional {
    return this.lattice.conditional()
  }

  async #run(walk: Walk, signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw new TuttiError('client_closed', 'the client closed the request')
    let answer: Int32Array | undefined
    for (let next = walk.next(); next.done !== true; next = walk.next(answer)) {
      answer = undefined
      if (next.value.kind === 'lists') {
        await this.#sources.lists.fetch(next.value.contexts, signal)
        this.fetched += next.value.contexts.length
        for (const context of next.value.contexts) this.#asked.add(context)
      } else {
        answer = this.#sources.tokenize(decoder.decode(next.value.text))
        this.promptTokens ||= answer.length
      }
    }
  }
}
