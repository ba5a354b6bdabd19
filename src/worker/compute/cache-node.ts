import type { Slot } from './signature.ts'

/**
 * A run of tokens with their keys and values. Children hang at an offset: they go on from the first `parentOffset` tokens
 * of their parent, so that a branch needs no split.
 *
 * `data` is [slot][head][capacity][head size]: growing by a token writes in place, and a run of tokens of one head is one
 * block to copy.
 */
export interface CacheNode {
  readonly parent: CacheNode | null
  readonly parentOffset: number
  /** Tokens before this node's first. */
  readonly depth: number
  tokens: Int32Array
  length: number
  data: Float32Array
  /** (offset · 2³² + first token) → child. */
  readonly children: Map<number, CacheNode>
  /** Rows that hold a state in this node; a held node isn't evicted. */
  pins: number
}

export function childKey(offset: number, token: number): number {
  return offset * 2 ** 32 + token
}

export function defineNode(
  parent: CacheNode | null,
  parentOffset: number,
  capacity: number,
  floats: number,
): CacheNode {
  return {
    parent,
    parentOffset,
    depth: parent === null ? 0 : parent.depth + parentOffset,
    tokens: new Int32Array(capacity),
    length: 0,
    data: new Float32Array(capacity * floats),
    children: new Map(),
    pins: 0,
  }
}

export function bytesOf(node: CacheNode): number {
  return node.data.byteLength + node.tokens.byteLength
}

/** Gives the node room for at least `capacity` tokens. */
export function reserve(node: CacheNode, capacity: number, slots: readonly Slot[]): void {
  const old = node.tokens.length
  if (capacity <= old) return
  // By half again, so that a context that grows token by token is copied a bounded number of times.
  const grown = Math.max(capacity, Math.ceil(old * 1.5), 4)
  const tokens = new Int32Array(grown)
  tokens.set(node.tokens)
  const data = new Float32Array((node.data.length / Math.max(old, 1)) * grown)
  let base = 0
  for (const { dims, size } of slots) {
    const [heads, width] = dims as [number, number]
    for (let head = 0; head < heads; head++) {
      const from = base * old + head * old * width
      data.set(node.data.subarray(from, from + node.length * width), base * grown + head * grown * width)
    }
    base += size
  }
  node.tokens = tokens
  node.data = data
}

/**
 * Writes `count` tokens' keys and values behind the node's last: row `row` of a run's present tensors
 * [batch, heads, columns, head size], from column `column` on.
 */
export function writeTokens(
  node: CacheNode,
  slots: readonly Slot[],
  presents: readonly Float32Array[],
  at: { row: number; column: number; columns: number },
  count: number,
): void {
  const capacity = node.tokens.length
  let base = 0
  for (const [s, { dims, size }] of slots.entries()) {
    const [heads, width] = dims as [number, number]
    const present = presents[s] as Float32Array
    for (let head = 0; head < heads; head++) {
      const from = ((at.row * heads + head) * at.columns + at.column) * width
      const to = (base + head * width) * capacity + node.length * width
      node.data.set(present.subarray(from, from + count * width), to)
    }
    base += size
  }
}

/**
 * Copies the first `length` tokens of the path that ends in `node`, which may be longer, into row `row` of past tensors
 * [batch, heads, columns, head size], right-aligned.
 */
export function gather(
  node: CacheNode,
  length: number,
  slots: readonly Slot[],
  pasts: readonly Float32Array[],
  at: { row: number; columns: number },
): void {
  const pad = at.columns - length
  let end = length
  for (let segment: CacheNode | null = node; segment !== null && end > 0; segment = segment.parent) {
    const count = end - segment.depth
    if (count <= 0) continue
    const capacity = segment.tokens.length
    let base = 0
    for (const [s, { dims, size }] of slots.entries()) {
      const [heads, width] = dims as [number, number]
      const past = pasts[s] as Float32Array
      for (let head = 0; head < heads; head++) {
        const from = (base + head * width) * capacity
        const to = ((at.row * heads + head) * at.columns + pad + segment.depth) * width
        past.set(segment.data.subarray(from, from + count * width), to)
      }
      base += size
    }
    end = segment.depth
  }
}
