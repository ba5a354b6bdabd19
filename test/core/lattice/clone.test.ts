import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ByteLattice } from '../../../src/core/lattice/byte-lattice.ts'
import { characters, drive, step, type Toy, toyArbitrary } from './toy.ts'

const texts = fc
  .array(fc.constantFrom(...characters), { minLength: 3, maxLength: 12 })
  .map((letters) => new TextEncoder().encode(letters.join('')))

function said(lattice: ByteLattice) {
  const { probabilities, low, high, missing, mass, excluded } = lattice.conditional()
  return {
    ...{ probabilities: [...probabilities], low: [...low], high: [...high], missing, mass, excluded },
    ...{ counters: { ...lattice.counters }, border: lattice.sinceBorder(), character: lattice.atCharacter() },
  }
}

function along(lattice: ByteLattice, toy: Toy, bytes: Uint8Array, k: number): ReturnType<typeof said>[] {
  return Array.from(bytes, (byte) => {
    step(lattice, toy, byte, k)
    return said(lattice)
  })
}

// A τ this large drops most borders, so that improbable bytes wake what was dropped, and the remainder counts.
test.each(['clone', 'detached'] as const)(
  'a %s goes on as the lattice does, whatever was dropped or woken before',
  (copied) => {
    fc.assert(
      fc.property(toyArbitrary, texts, fc.nat(100), fc.integer({ min: 1, max: 9 }), (toy, text, cut, k) => {
        const at = cut % text.length
        const lattice = new ByteLattice(toy.vocabulary, { tau: 0.3 })
        drive(lattice.open(text.subarray(0, at % 3 === 0 ? 0 : 1)), toy, k)
        drive(lattice.ready(), toy, k)
        fc.pre(lattice.conditional().mass > 0)
        along(lattice, toy, text.subarray(0, at), k)
        const copy = lattice[copied]()
        expect(said(copy)).toEqual(said(lattice))
        const rest = text.subarray(at)
        expect(along(copy, toy, rest, k)).toEqual(along(lattice, toy, rest, k))
      }),
      { numRuns: 150 },
    )
  },
)
