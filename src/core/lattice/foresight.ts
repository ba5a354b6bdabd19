import { massOfRanks } from './completed-list.ts'
import { extendContext, type LatticeContext, listOf } from './context.ts'
import type { Hypothesis } from './frontier.ts'
import { childOf, hasLonger } from './trie.ts'
import type { Vocabulary } from './vocabulary.ts'

/** A hypothesis on its way through the foreseen text. */
interface Scout {
  readonly context: LatticeContext
  readonly weight: number
  /** Offset in the foreseen text up to which it has come. */
  at: number
  /** Trie node of the bytes since the context's end. */
  node: number
}

/**
 * Finds out which contexts a byte lattice will need if the text goes on in a foreseen way, as soon as the lists before them
 * have come and long before the text is there. A context is foreseen when its share of the mass known so far is
 * at least τ. By the time the lattice comes there it may know of more mass and prune the context, or, rarely, of less and
 * keep one that was not foreseen: that one is asked for then.
 */
export class Foresight {
  readonly #vocabulary: Vocabulary
  readonly #tau: number
  readonly #text: number[] = []
  /** Mass known at each offset of the text. */
  readonly #mass: number[] = [1]
  /** Those that have come to the end of what is foreseen. */
  #atEnd: Scout[] = []
  /** Those whose list has not come. */
  readonly #parked = new Map<LatticeContext, Scout[]>()
  #found: LatticeContext[] = []

  /** @param start where the text stands; a context at a border may still lack its list. */
  constructor(vocabulary: Vocabulary, tau: number, start: readonly Hypothesis[]) {
    this.#vocabulary = vocabulary
    this.#tau = tau
    for (const { context, weight, node } of start) this.#send({ context, weight, at: 0, node })
    this.#found = []
  }

  /** More text is foreseen. Returns contexts that will be needed for it and have no list. */
  extend(bytes: Uint8Array): LatticeContext[] {
    this.#text.push(...bytes)
    const scouts = this.#atEnd
    this.#atEnd = []
    for (const scout of scouts) this.#advance(scout)
    return this.#taken()
  }

  /** The context without a list that the tokenization from `start` has come to at the end of the text, if there is one. */
  reached(start: LatticeContext): LatticeContext | null {
    for (const [context, [scout]] of this.#parked) {
      if (context.chain.parent === start.chain && scout?.at === this.#text.length) return context
    }
    return null
  }

  /** The list of a context has come. Returns contexts that will be needed for that. */
  listed(context: LatticeContext): LatticeContext[] {
    const scouts = this.#parked.get(context) ?? []
    this.#parked.delete(context)
    for (const scout of scouts) this.#advance(scout)
    return this.#taken()
  }

  #taken(): LatticeContext[] {
    const found = this.#found
    this.#found = []
    return found
  }

  #send(scout: Scout): void {
    if (scout.context.list !== null) {
      this.#advance(scout)
      return
    }
    const parked = this.#parked.get(scout.context)
    if (parked === undefined) this.#parked.set(scout.context, [scout])
    else parked.push(scout)
    this.#found.push(scout.context)
  }

  /** As far as text is foreseen; opens the contexts on the way. */
  #advance(scout: Scout): void {
    const { context, weight } = scout
    const { trie, idAt } = this.#vocabulary
    const list = listOf(context)
    while (scout.at < this.#text.length) {
      const child = childOf(trie, scout.node, this.#text[scout.at] as number)
      if (child < 0) return
      scout.at++
      scout.node = child
      const low = trie.low[child] as number
      const borders = low + (trie.exact[child] as number)
      const mass = (this.#mass[scout.at] ?? 0) + weight * massOfRanks(list, low, trie.high[child] as number)
      this.#mass[scout.at] = mass
      for (let rank = low; rank < borders; rank++) {
        const reached = weight * massOfRanks(list, rank, rank + 1)
        if (reached < this.#tau * mass) continue
        this.#send({ context: extendContext(context, idAt[rank] as number), weight: reached, at: scout.at, node: 0 })
      }
      if (!hasLonger(trie, child)) return
    }
    this.#atEnd.push(scout)
  }
}
