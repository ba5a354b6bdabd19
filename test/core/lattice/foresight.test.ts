import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ByteLattice } from '../../../src/core/lattice/byte-lattice.ts'
import { completeList } from '../../../src/core/lattice/completed-list.ts'
import { contextTokens, type LatticeContext } from '../../../src/core/lattice/context.ts'
import { Foresight } from '../../../src/core/lattice/foresight.ts'
import { drive, listOfToy, type Toy, toyArbitrary } from './toy.ts'

const text = new TextEncoder().encode('ab aébab')

function give(context: LatticeContext, toy: Toy): void {
  context.list = completeList(listOfToy(toy, [...contextTokens(context)], toy.vocabulary.size), toy.vocabulary)
}

/** Lists for all that is foreseen along the text, in the order in which it is found. */
function fetchForeseen(start: LatticeContext, toy: Toy, tau: number): void {
  const foresight = new Foresight(toy.vocabulary, tau, [{ context: start, node: 0, weight: 1 }])
  const due = [...foresight.extend(text)]
  for (let context = due.shift(); context !== undefined; context = due.shift()) {
    give(context, toy)
    due.push(...foresight.listed(context))
  }
}

test('whoever has the lists that are foreseen along a text hardly ever asks on the way', () => {
  const toys = fc.sample(toyArbitrary, { numRuns: 300, seed: 1 })
  let asked = 0
  let needed = 0
  for (const toy of toys) {
    for (const foreseen of [false, true]) {
      const lattice = new ByteLattice(toy.vocabulary, { tau: 0.02 })
      drive(lattice.open(new Uint8Array(0)), toy)
      drive(lattice.ready(), toy)
      if (foreseen) fetchForeseen(lattice.contexts()[0]!, toy, 0.02)
      let lists = 0
      for (const byte of text) lists += drive(lattice.accept(byte), toy) + drive(lattice.ready(), toy)
      if (foreseen) asked += lists
      else needed += lists
    }
  }
  expect(needed).toBeGreaterThan(1000)
  // What the text needs that pruning had dropped can't be foreseen.
  expect(asked).toBeLessThan(0.15 * needed)
})

test('nothing is foreseen along a text that no token goes on with', () => {
  fc.assert(
    fc.property(toyArbitrary, (toy) => {
      const lattice = new ByteLattice(toy.vocabulary, { tau: 5e-3 })
      drive(lattice.open(new Uint8Array(0)), toy)
      drive(lattice.ready(), toy)
      const start = lattice.contexts()[0]!
      const foresight = new Foresight(toy.vocabulary, 5e-3, [{ context: start, node: 0, weight: 1 }])
      expect(foresight.extend(Uint8Array.of(0x7a))).toEqual([])
    }),
  )
})

test('a lattice foresees its likeliest tokenization up to a border, and the context there', () => {
  const toys = fc.sample(toyArbitrary, { numRuns: 200, seed: 2 })
  let reached = 0
  for (const toy of toys) {
    const lattice = new ByteLattice(toy.vocabulary, { tau: 5e-3 })
    drive(lattice.open(new Uint8Array(0)), toy)
    drive(lattice.ready(), toy)
    const { next, length, needed } = lattice.foresee({ temperature: 0, topP: 1, minP: 0, seed: 0, step: 0 })
    if (next === null) continue
    reached++
    expect(length).toBeGreaterThan(0)
    expect(next.chain.parent).toBe(lattice.trunk()!.chain)
    expect(needed).toContain(next)
    expect(toy.vocabulary.bytes[[...contextTokens(next)].at(-1)!]).toHaveLength(length)
  }
  expect(reached).toBeGreaterThan(100)
})
