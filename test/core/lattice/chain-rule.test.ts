import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ByteLattice } from '../../../src/core/lattice/byte-lattice.ts'
import { endSymbol } from '../../../src/core/lattice/symbols.ts'
import { defineToy, drive, massOfWhole, step } from './toy.ts'

const letters = ['a', 'b', ' ']
const wordArbitrary = fc.array(fc.constantFrom(...letters), { minLength: 1, maxLength: 4 }).map((word) => word.join(''))

/** Toys of whole characters and without control tokens: no mass is outside the texts, so nothing is normalised away. */
const plainToyArbitrary = fc
  .record({
    words: fc.array(wordArbitrary, { maxLength: 9 }),
    ends: fc.integer({ min: 1, max: 3 }),
    seed: fc.integer({ min: 0, max: 2 ** 31 }),
    sharpness: fc.double({ min: 0.5, max: 6, noNaN: true }),
  })
  .map(({ words, ends, seed, sharpness }) => {
    const texts = [...Array.from({ length: ends }, () => ''), ...letters, ...words]
    const bytes = texts.map((text) => new TextEncoder().encode(text))
    return defineToy(bytes, { ends, controls: 0, seed, sharpness })
  })

test('the product of the conditionals, the end’s among them, is the probability of the text over all tokenizations', () => {
  fc.assert(
    fc.property(plainToyArbitrary, fc.array(fc.constantFrom(...letters), { maxLength: 6 }), (toy, characters) => {
      const text = new TextEncoder().encode(characters.join(''))
      const lattice = new ByteLattice(toy.vocabulary, { tau: 0 })
      drive(lattice.open(new Uint8Array(0)), toy)
      drive(lattice.ready(), toy)
      let product = 1
      for (const byte of text) {
        product *= lattice.conditional().probabilities[byte]!
        step(lattice, toy, byte)
      }
      product *= lattice.conditional().probabilities[endSymbol]!
      const truth = massOfWhole(toy, [], text)
      expect(Math.abs(product / truth - 1)).toBeLessThan(1e-12)
    }),
    { numRuns: 300 },
  )
})
