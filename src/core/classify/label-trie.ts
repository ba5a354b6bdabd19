/** Texts that stand for labels, in a tree of their bytes: what they begin with alike is there once. */
export interface LabelNode {
  readonly children: ReadonlyMap<number, LabelNode>
  /** Indices of the texts that end here. */
  readonly ends: readonly number[]
}

interface GrowingNode {
  readonly children: Map<number, GrowingNode>
  readonly ends: number[]
}

export function labelTrie(texts: readonly Uint8Array[]): LabelNode {
  const root: GrowingNode = { children: new Map(), ends: [] }
  for (const [index, text] of texts.entries()) {
    let node = root
    for (const byte of text) {
      let child = node.children.get(byte)
      if (child === undefined) {
        child = { children: new Map(), ends: [] }
        node.children.set(byte, child)
      }
      node = child
    }
    node.ends.push(index)
  }
  return root
}

/**
 * How many blanks all texts begin with. Whatever follows the prompt pays for them alike: they tell nothing of the labels, and
 * would make the short ones look likelier per byte.
 */
export function sharedBlanks(texts: readonly Uint8Array[]): number {
  const [first = new Uint8Array(0)] = texts
  let count = 0
  // A text of nothing but blanks keeps its last.
  const most = Math.min(...texts.map(({ length }) => length)) - 1
  while (count < most && isBlank(first[count]) && texts.every((text) => text[count] === first[count])) count++
  return count
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x09 || byte === 0x0d
}
