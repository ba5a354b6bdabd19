import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ByteLattice } from '../../../src/core/lattice/byte-lattice.ts'
import type { Conditional, SymbolPath } from '../../../src/core/lattice/symbol-path.ts'
import { TokenPath } from '../../../src/core/lattice/token-path.ts'
import { drive, type Toy, toyArbitrary } from './toy.ts'

const paths: readonly (readonly [string, (toy: Toy) => SymbolPath])[] = [
  ['a byte lattice', (toy) => new ByteLattice(toy.vocabulary, { tau: 5e-3 })],
  ['a path of tokens', (toy) => new TokenPath(toy.vocabulary)],
]

function copied({ probabilities, low, high, ...rest }: Conditional) {
  return { ...rest, probabilities: [...probabilities], low: [...low], high: [...high] }
}

test.each(paths)('%s that has rested says the same again, and a copy has used its arrays meanwhile', (_, define) => {
  fc.assert(
    fc.property(toyArbitrary, fc.integer({ min: 2, max: 9 }), (toy, k) => {
      const path = define(toy)
      drive(path.open(new TextEncoder().encode('ab a')), toy, k)
      drive(path.ready(), toy, k)
      const before = copied(path.conditional())
      const { probabilities } = path.conditional()
      const symbol = before.probabilities.slice(0, path.alphabet.end).findIndex((p) => p > 0)
      const copy = path.clone()
      path.rest()
      drive(copy.accept(symbol), toy, k)
      drive(copy.ready(), toy, k)
      const ofCopy = copied(copy.conditional())
      expect(copy.conditional().probabilities).toBe(probabilities)
      expect(copied(path.conditional())).toEqual(before)
      // Each has its own while both are read.
      expect(copied(copy.conditional())).toEqual(ofCopy)
    }),
  )
})
