import type { CompletedList } from '../../core/lattice/completed-list.ts'
import type { Place } from './place.ts'

export interface CacheLimits {
  readonly places: number
  /** Of the lists that the places hold. */
  readonly bytes: number
}

/** A byte of a text; it holds the place after it, if that is kept. */
interface Node {
  readonly parent: Node | null
  /** Key in the parent: a byte, or the request's root. */
  readonly key: number | string
  readonly children: Map<number | string, Node>
  place: Place | null
}

/** Rough size of a place without its lists. */
const overhead = 2048

function sizeOf({ ranks, probabilities }: CompletedList): number {
  return ranks.byteLength + probabilities.byteLength
}

/**
 * Places along recent texts, the least recently used given up first. A stream that a client opens anew a byte further on
 * than it left the old one starts from the longest text that is known.
 */
export class PlaceCache {
  readonly #limits: CacheLimits
  readonly #root: Node = { parent: null, key: '', children: new Map(), place: null }
  /** Insertion order is order of use. */
  readonly #order = new Set<Node>()
  /** How many places hold a list: neighbours share most of theirs. */
  readonly #holders = new Map<CompletedList, number>()
  #bytes = 0

  constructor(limits: CacheLimits) {
    this.#limits = limits
  }

  get bytes(): number {
    return this.#bytes
  }

  get places(): number {
    return this.#order.size
  }

  /** The place after the longest known beginning of `text`, and that beginning's length. `start` tells texts apart. */
  find(start: string, text: Uint8Array): { readonly place: Place; readonly length: number } | null {
    let node = this.#root.children.get(start)
    let last: Node | null = null
    let found: { readonly place: Place; readonly length: number } | null = null
    for (let length = 0; node !== undefined; length++) {
      if (node.place !== null) {
        last = node
        found = { place: node.place, length }
      }
      if (length === text.length) break
      node = node.children.get(text[length] as number)
    }
    if (last !== null) this.#touch(last)
    return found
  }

  /** Keeps a place that is ready, and not moved any more by anybody. */
  put(start: string, text: Uint8Array, place: Place): void {
    let node = this.#child(this.#root, start)
    for (const byte of text) node = this.#child(node, byte)
    if (node.place === null) {
      node.place = place
      this.#hold(place, 1)
    }
    this.#touch(node)
    for (const oldest of this.#order) {
      if (this.#order.size <= this.#limits.places && this.#bytes <= this.#limits.bytes) break
      this.#drop(oldest)
    }
  }

  #child(node: Node, key: number | string): Node {
    let child = node.children.get(key)
    if (child === undefined) {
      child = { parent: node, key, children: new Map(), place: null }
      node.children.set(key, child)
    }
    return child
  }

  #touch(node: Node): void {
    this.#order.delete(node)
    this.#order.add(node)
  }

  #drop(node: Node): void {
    this.#order.delete(node)
    if (node.place !== null) this.#hold(node.place, -1)
    node.place = null
    // What leads nowhere any more is given up with it.
    let bare: Node = node
    while (bare.parent !== null && bare.place === null && bare.children.size === 0) {
      bare.parent.children.delete(bare.key)
      bare = bare.parent
    }
  }

  #hold({ lattice }: Place, change: 1 | -1): void {
    this.#bytes += change * overhead
    for (const { list } of lattice.contexts()) {
      if (list === null) continue
      const before = this.#holders.get(list) ?? 0
      if (before + change === 0) this.#holders.delete(list)
      else this.#holders.set(list, before + change)
      if (before === 0 || before + change === 0) this.#bytes += change * sizeOf(list)
    }
  }
}
