import { expect, test } from 'vitest'
import { ByteLattice } from '../../../src/core/lattice/byte-lattice.ts'
import { completeList } from '../../../src/core/lattice/completed-list.ts'
import { contextTokens, rootContext } from '../../../src/core/lattice/context.ts'
import { prunedSince } from '../../../src/core/lattice/revival.ts'
import type { Walk } from '../../../src/core/lattice/symbol-path.ts'
import { defineToy, listOfToy, type Toy } from './toy.ts'

test('contexts come heaviest first, of equals the one pruned first, and none from before the position', () => {
  const context = rootContext(new Int32Array(0))
  const at = (position: number, logWeight: number) => ({ context, position, logWeight })
  const [old, light, heavy, equal] = [at(4, 0), at(5, -3), at(6, -1), at(7, -1)]
  expect(prunedSince([old, light, heavy, equal], 5)).toEqual([heavy, equal, light])
  expect(prunedSince([old], 5)).toEqual([])
})

/** The toy with the given tokens, of which the first is nearly certain at the start; later all are nearly equal. */
function toyOf(
  tokens: readonly string[],
  later: (token: string) => number,
  light: (token: string) => number = () => 0.001,
): Toy {
  const bytes = ['', ...tokens].map((text) => new TextEncoder().encode(text))
  const rest = tokens.slice(1).map(light)
  const first = [0.001, 0.999 - rest.reduce((a, b) => a + b, 0), ...rest]
  const weights = [1, ...tokens.map(later)]
  const sum = weights.reduce((a, b) => a + b, 0)
  return {
    ...defineToy(bytes, { ends: 1, controls: 0, seed: 1, sharpness: 1 }),
    probabilities: (context) => (context.length === 0 ? first : weights.map((weight) => weight / sum)),
  }
}

/** Runs a walk to its end; returns whether it asked for the member's own tokenization. */
function startsAnew(walk: Walk, toy: Toy): boolean {
  let asked = false
  let answer: Int32Array | undefined
  for (let next = walk.next(); next.done !== true; next = walk.next(answer)) {
    answer = undefined
    if (next.value.kind === 'tokens') {
      asked = true
      answer = Int32Array.from(toy.tokenize(next.value.text))
      continue
    }
    for (const context of next.value.contexts) {
      context.list = completeList(listOfToy(toy, [...contextTokens(context)], toy.vocabulary.size), toy.vocabulary)
    }
  }
  return asked
}

function after(text: string, toy: Toy): ByteLattice {
  const lattice = new ByteLattice(toy.vocabulary, { tau: 5e-3 })
  startsAnew(lattice.open(new Uint8Array(0)), toy)
  startsAnew(lattice.ready(), toy)
  for (const byte of new TextEncoder().encode(text)) {
    startsAnew(lattice.accept(byte), toy)
    startsAnew(lattice.ready(), toy)
  }
  return lattice
}

const b = 0x62

test('no more than two contexts are woken for one byte', () => {
  const toy = toyOf(['aaaac', 'a', 'aa', 'aaa', 'aaaa', 'b'], (token) => (token === 'b' ? 1e-5 : 1))
  const lattice = after('aaaa', toy)
  expect(lattice.contexts()).toHaveLength(1)
  expect(startsAnew(lattice.accept(b), toy)).toBe(false)
  expect(lattice.counters.revivals).toBe(2)
})

test('one is enough if it makes the byte likely', () => {
  // Many letters, so that the remainder leaves next to nothing for each.
  const toy = toyOf(
    ['aaaac', 'a', 'aa', 'aaa', 'aaaa', 'b', ...'defghijklmnopqrstuvwxyz'],
    (token) => (token === 'b' ? 50 : 1),
    (token) => (token === 'aaaa' ? 0.004 : 0.0005),
  )
  const lattice = after('aaaa', toy)
  expect(startsAnew(lattice.accept(b), toy)).toBe(false)
  expect(lattice.counters.revivals).toBe(1)
})

test('a context can be woken for sixteen bytes; then the lattice starts anew', () => {
  const toy = toyOf([`x${'y'.repeat(30)}`, 'x', 'y', 'b'], () => 1)
  expect(startsAnew(after(`x${'y'.repeat(15)}`, toy).accept(b), toy)).toBe(false)
  const late = after(`x${'y'.repeat(16)}`, toy)
  expect(startsAnew(late.accept(b), toy)).toBe(true)
  expect(late.counters.revivals).toBe(1)
})

test('nothing is woken for a byte that is likely enough', () => {
  const toy = toyOf(['aaaac', 'a', 'aa', 'aaa', 'aaaa', 'b'], () => 1)
  const lattice = after('aaaa', toy)
  startsAnew(lattice.accept(0x63), toy)
  expect(lattice.counters.revivals).toBe(0)
})

test('a lattice that starts anew to get ready tells the border that it told on its arrival', () => {
  // The heavy token goes on with a byte that breaks the character, which is known only when a byte must come.
  const bytes = [[], [0x61, 0xc3, 0x61], [0x61], [0xc3], [0xa9]].map((token) => Uint8Array.from(token))
  const toy: Toy = {
    ...defineToy(bytes, { ends: 1, controls: 0, seed: 1, sharpness: 1 }),
    probabilities: () => [0.001, 0.996, 0.001, 0.001, 0.001],
  }
  const lattice = after('a', toy)
  startsAnew(lattice.accept(0xc3), toy)
  expect(lattice.sinceBorder()).toBe(2)
  expect(startsAnew(lattice.ready(), toy)).toBe(true)
  expect(lattice.sinceBorder()).toBe(2)
  expect(lattice.clone().sinceBorder()).toBe(2)
})
