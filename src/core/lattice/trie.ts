/**
 * A byte trie over tokens sorted by their bytes, as flat arrays: node 0 is the root, the children of a node are
 * neighbours in byte order, and the tokens that start with a node's bytes are the ranks `low[node] … high[node] − 1`,
 * of which the first `exact[node]` equal those bytes.
 */
export interface Trie {
  readonly low: Int32Array
  readonly high: Int32Array
  readonly exact: Int32Array
  readonly firstChild: Int32Array
  readonly childCount: Int32Array
  /** The byte that leads from the parent to the node. */
  readonly byte: Uint8Array
  readonly depth: Int32Array
}

/** Numbers by index, which come in order. */
class Column {
  array = new Int32Array(1024)

  set(index: number, value: number): void {
    if (index >= this.array.length) {
      const larger = new Int32Array(this.array.length * 2)
      larger.set(this.array)
      this.array = larger
    }
    this.array[index] = value
  }
}

/** Builds the trie breadth first, so that siblings are neighbours. `sorted` holds no empty token. */
export function buildTrie(sorted: readonly Uint8Array[]): Trie {
  const low = new Column()
  const high = new Column()
  const exact = new Column()
  const firstChild = new Column()
  const childCount = new Column()
  const byte = new Column()
  const depth = new Column()
  high.set(0, sorted.length)
  let nodes = 1
  for (let node = 0; node < nodes; node++) {
    const nodeDepth = depth.array[node] as number
    const end = high.array[node] as number
    let rank = low.array[node] as number
    const start = rank
    while (rank < end && (sorted[rank] as Uint8Array).length === nodeDepth) rank++
    exact.set(node, rank - start)
    firstChild.set(node, nodes)
    const before = nodes
    while (rank < end) {
      const next = (sorted[rank] as Uint8Array)[nodeDepth] as number
      low.set(nodes, rank)
      while (rank < end && (sorted[rank] as Uint8Array)[nodeDepth] === next) rank++
      high.set(nodes, rank)
      byte.set(nodes, next)
      depth.set(nodes, nodeDepth + 1)
      nodes++
    }
    childCount.set(node, nodes - before)
  }
  const cut = (column: Column) => column.array.slice(0, nodes)
  return {
    low: cut(low),
    high: cut(high),
    exact: cut(exact),
    firstChild: cut(firstChild),
    childCount: cut(childCount),
    byte: Uint8Array.from(cut(byte)),
    depth: cut(depth),
  }
}

/** The child of `node` by `byte`, or −1. Binary search: siblings are in byte order. */
export function childOf(trie: Trie, node: number, byte: number): number {
  let from = trie.firstChild[node] as number
  let to = from + (trie.childCount[node] as number)
  while (from < to) {
    const middle = (from + to) >> 1
    const found = trie.byte[middle] as number
    if (found === byte) return middle
    if (found < byte) from = middle + 1
    else to = middle
  }
  return -1
}

/** Whether some token is strictly longer than the node's bytes and starts with them. */
export function hasLonger(trie: Trie, node: number): boolean {
  return (trie.childCount[node] as number) > 0
}
