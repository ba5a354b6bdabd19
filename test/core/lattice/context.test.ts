import { expect, test } from 'vitest'
import { adds, contextTokens, extendContext, listOf, rootContext } from '../../../src/core/lattice/context.ts'
import { TuttiError } from '../../../src/errors.ts'

test('a context has the tokens of its root and those added, in order', () => {
  const root = rootContext(Int32Array.of(5, 6))
  const longer = extendContext(extendContext(root, 7), 8)
  expect([[...contextTokens(root)], [...contextTokens(longer)]]).toEqual([
    [5, 6],
    [5, 6, 7, 8],
  ])
  expect([root.length, longer.length]).toEqual([2, 4])
  expect([...contextTokens(rootContext(new Int32Array(0)))]).toEqual([])
})

test('a context adds its last token to the chain before it, and no other to no other', () => {
  const root = rootContext(Int32Array.of(7))
  const longer = extendContext(root, 8)
  expect(adds(longer, 8, root.chain)).toBe(true)
  expect([adds(longer, 7, root.chain), adds(longer, 8, longer.chain), adds(root, 7, root.chain)]).toEqual([
    false,
    false,
    false,
  ])
  expect(adds(longer, 8, rootContext(Int32Array.of(7)).chain)).toBe(false)
})

test('a list that has not come cannot be read', () => {
  expect(() => listOf(rootContext(Int32Array.of(1)))).toThrow(TuttiError)
})
