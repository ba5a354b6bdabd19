import { expect, test } from 'vitest'
import { completeList } from '../../../src/core/lattice/completed-list.ts'
import { rootContext } from '../../../src/core/lattice/context.ts'
import { listsFor, textsFor, tokensFor } from '../../../src/core/lattice/symbol-path.ts'
import { unknownTexts } from '../../../src/core/lattice/text-list.ts'
import { defineToy, listOfToy } from './toy.ts'

const toy = defineToy(
  ['', '', 'a', 'b', 'ab'].map((text) => new TextEncoder().encode(text)),
  {
    ends: 1,
    controls: 1,
    seed: 1,
    sharpness: 1,
  },
)
const { vocabulary } = toy

function listed() {
  return { ...rootContext(Int32Array.of(2)), list: completeList(listOfToy(toy, [2], 5), vocabulary) }
}

test('lists are asked for that are not there; when all are, nothing is', () => {
  const lacking = rootContext(Int32Array.of(3))
  expect([...listsFor([listed(), lacking])]).toEqual([{ kind: 'lists', contexts: [lacking] }])
  expect([...listsFor([listed()])]).toEqual([])
  const text = { text: Uint8Array.of(97), list: null }
  expect([...textsFor([{ ...text, list: unknownTexts }, text])]).toEqual([{ kind: 'texts', contexts: [text] }])
  expect([...textsFor([{ ...text, list: unknownTexts }])]).toEqual([])
})

test('tokens behind given ones come without those that begin a context', () => {
  const text = new TextEncoder().encode('ab')
  const asked = tokensFor(text, vocabulary, Int32Array.of(3))
  expect(asked.next().value).toEqual({ kind: 'tokens', text })
  expect(asked.next(Int32Array.of(1, 4)).value).toEqual(Int32Array.of(3, 4))
  const whole = tokensFor(text, vocabulary)
  whole.next()
  expect(whole.next(Int32Array.of(1, 4)).value).toEqual(Int32Array.of(1, 4))
})

test('an empty text behind given tokens is asked for by nobody, an empty text alone is', () => {
  expect(tokensFor(new Uint8Array(0), vocabulary, Int32Array.of(3)).next()).toEqual({
    done: true,
    value: Int32Array.of(3),
  })
  expect(tokensFor(new Uint8Array(0), vocabulary).next().done).toBe(false)
  const unanswered = tokensFor(Uint8Array.of(97), vocabulary)
  unanswered.next()
  expect(() => unanswered.next()).toThrow(/resumed without/)
})
