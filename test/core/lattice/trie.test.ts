import fc from 'fast-check'
import { expect, test } from 'vitest'
import { buildTrie, childOf, hasLonger } from '../../../src/core/lattice/trie.ts'

const tokensArbitrary = fc
  .array(fc.uint8Array({ minLength: 1, maxLength: 5, max: 6 }), { maxLength: 30 })
  .map((tokens) => tokens.sort((a, b) => Buffer.compare(a, b)))

/** The node of the bytes, by following children; −1 when no token begins so. */
function nodeOf(trie: ReturnType<typeof buildTrie>, bytes: Uint8Array): number {
  let node = 0
  for (const byte of bytes) if (node >= 0) node = childOf(trie, node, byte)
  return node
}

function beginsWith(token: Uint8Array, bytes: Uint8Array): boolean {
  return bytes.every((byte, index) => token[index] === byte)
}

test('every node is the interval of the tokens that begin with its bytes, those that equal them first', () => {
  fc.assert(
    fc.property(tokensArbitrary, fc.uint8Array({ maxLength: 6, max: 7 }), (tokens, bytes) => {
      const trie = buildTrie(tokens)
      for (const wanted of [bytes, ...tokens, ...tokens.map((token) => token.subarray(0, -1))]) {
        const ranks = [...tokens.keys()].filter((rank) => beginsWith(tokens[rank]!, wanted))
        const node = nodeOf(trie, wanted)
        if (ranks.length === 0 && wanted.length > 0) {
          expect(node).toBe(-1)
          continue
        }
        expect([trie.low[node], trie.high[node]]).toEqual([ranks[0] ?? 0, (ranks.at(-1) ?? -1) + 1])
        expect(trie.exact[node]).toBe(ranks.filter((rank) => tokens[rank]!.length === wanted.length).length)
        expect(hasLonger(trie, node)).toBe(ranks.some((rank) => tokens[rank]!.length > wanted.length))
        expect(trie.depth[node]).toBe(wanted.length)
        if (wanted.length > 0) expect(trie.byte[node]).toBe(wanted.at(-1))
      }
    }),
  )
})

test('children are neighbours in the order of their bytes, and there is a node for every beginning and no other', () => {
  fc.assert(
    fc.property(tokensArbitrary, (tokens) => {
      const trie = buildTrie(tokens)
      const beginnings = new Set(
        tokens.flatMap((token) => [...token.keys()].map((at) => token.subarray(0, at + 1).join())),
      )
      expect(trie.depth.length).toBe(beginnings.size + 1)
      trie.firstChild.forEach((first, node) => {
        const children = [...trie.byte.subarray(first, first + trie.childCount[node]!)]
        expect(children).toEqual([...new Set(children)].sort((a, b) => a - b))
      })
    }),
  )
})

test('a vocabulary larger than the first arrays keeps all its nodes', () => {
  const tokens = Array.from({ length: 3000 }, (_, id) => Uint8Array.of(id >> 8, id & 255))
  const trie = buildTrie(tokens)
  expect(trie.depth.length).toBe(1 + 12 + 3000)
  expect(tokens.map((token) => trie.low[nodeOf(trie, token)])).toEqual([...tokens.keys()])
})
