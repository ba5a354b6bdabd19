import { expect, test } from 'vitest'
import { uniform } from '../../src/core/decode/noise.ts'
import { ByteLattice } from '../../src/core/lattice/byte-lattice.ts'
import { endSymbol } from '../../src/core/lattice/symbols.ts'
import { drive, step } from '../core/lattice/toy.ts'
import { randomToy } from './random-toy.ts'

const generations = 2000
const length = 500

test(`${generations} free generations of ${length} bytes from lists of 5, 20 and all tokens end with a live lattice and whole characters`, () => {
  let revivals = 0
  const broken: string[] = []
  for (let generation = 0; generation < generations; generation++) {
    const toy = randomToy(generation)
    const k = [5, 20, toy.vocabulary.size][generation % 3]!
    const lattice = new ByteLattice(toy.vocabulary, { tau: 5e-3 })
    drive(lattice.open(new Uint8Array(0)), toy, k)
    drive(lattice.ready(), toy, k)
    const output: number[] = []
    while (output.length < length || !lattice.atCharacter()) {
      const { probabilities } = lattice.conditional()
      // Now and then anything that is possible: texts that the member finds unlikely are where lattices die.
      const flat = uniform(generation, output.length, 1000) < 0.1
      let best = -1
      let arrival = Number.POSITIVE_INFINITY
      for (let x = 0; x < endSymbol; x++) {
        const p = probabilities[x]!
        const time =
          p > 0 ? -Math.log(uniform(generation, output.length, x)) / (flat ? 1 : p) : Number.POSITIVE_INFINITY
        if (time < arrival) {
          best = x
          arrival = time
        }
      }
      if (best < 0) {
        broken.push(`generation ${generation}: nothing is possible after ${output.length} bytes`)
        break
      }
      output.push(best)
      step(lattice, toy, best, k)
    }
    revivals += lattice.counters.revivals
    const text = new TextDecoder('utf-8', { fatal: true })
    expect(() => text.decode(Uint8Array.from(output))).not.toThrow()
  }
  expect(broken).toEqual([])
  // Lattices that never came near death would prove nothing.
  expect(revivals).toBeGreaterThan(generations)
}, 600_000)
