import { bytesOf, type CacheNode, childKey, defineNode, reserve, writeTokens } from './cache-node.ts'
import type { Signature } from './signature.ts'

/** A place in the tree: the first `offset` tokens of `node`, after all tokens before it. */
export interface Place {
  readonly node: CacheNode
  readonly offset: number
}

export interface PrefixTree {
  readonly root: CacheNode
  /** The place of the longest stored prefix of tokens[from..to), starting at `place`. */
  walk(place: Place, tokens: Int32Array, from: number, to: number): Place
  /**
   * Stores tokens[from..] after `place`; what is stored already stays as it is. Keys and values come from a run's row, whose
   * last token stands before column `end`.
   */
  append(
    place: Place,
    tokens: Int32Array,
    from: number,
    presents: readonly Float32Array[],
    at: { row: number; end: number; columns: number },
  ): Place
  /** Marks the place's path as used now. */
  touch(node: CacheNode): void
  /** Drops the least recently used branches until the bound is kept. */
  evict(): void
  readonly bytes: number
  readonly entries: number
}

/** A tree of token runs with their keys and values, so that contexts with a shared beginning store it once. */
export function definePrefixTree(slots: Signature['slots'], maxBytes: number): PrefixTree {
  const floats = slots.reduce((sum, slot) => sum + slot.size, 0)
  const root = defineNode(null, 0, 0, floats)
  // Insertion order is order of use; a path is touched from its leaf up, so the oldest are leaves.
  const order = new Set<CacheNode>()
  let bytes = 0

  function walk(place: Place, tokens: Int32Array, from: number, to: number): Place {
    let { node, offset } = place
    for (let i = from; i < to; i++) {
      const token = tokens[i] as number
      if (offset < node.length && node.tokens[offset] === token) {
        offset++
        continue
      }
      const child = node.children.get(childKey(offset, token))
      if (child === undefined) break
      node = child
      offset = 1
    }
    return { node, offset }
  }

  function nodeFor(place: Place, first: number, count: number): CacheNode {
    const { node, offset } = place
    if (node !== root && offset === node.length) {
      bytes -= bytesOf(node)
      reserve(node, node.length + count, slots)
      bytes += bytesOf(node)
      return node
    }
    const child = defineNode(node, offset, count, floats)
    node.children.set(childKey(offset, first), child)
    bytes += bytesOf(child)
    return child
  }

  return {
    root,
    walk,
    append: (place, tokens, from, presents, at) => {
      const known = walk(place, tokens, from, tokens.length)
      const depth = known.node.depth + known.offset
      const count = tokens.length - depth
      if (count === 0) return known
      const node = nodeFor(known, tokens[depth] as number, count)
      writeTokens(node, slots, presents, { row: at.row, column: at.end - count, columns: at.columns }, count)
      node.tokens.set(tokens.subarray(depth), node.length)
      node.length += count
      return { node, offset: node.length }
    },
    touch: (leaf) => {
      for (let node: CacheNode | null = leaf; node !== null && node !== root; node = node.parent) {
        order.delete(node)
        order.add(node)
      }
    },
    evict: () => {
      for (const node of order) {
        if (bytes <= maxBytes) return
        if (node.pins > 0 || node.children.size > 0) continue
        order.delete(node)
        node.parent?.children.delete(childKey(node.parentOffset, node.tokens[0] as number))
        bytes -= bytesOf(node)
      }
    },
    get bytes() {
      return bytes
    },
    get entries() {
      return order.size
    },
  }
}
