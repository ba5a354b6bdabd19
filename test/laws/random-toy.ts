import { uniform } from '../../src/core/decode/noise.ts'
import { characters, defineToy, type Toy } from '../core/lattice/toy.ts'

/** A toy as a pure function of its number: thousands a second, where a property-testing library's would be hundreds. */
export function randomToy(number: number): Toy {
  const draw = (what: number, index = 0) => uniform(number, what, index)
  const below = (limit: number, what: number, index = 0) => Math.floor(draw(what, index) * limit)
  const encoder = new TextEncoder()
  const single = [...new Set(characters.flatMap((character) => [...encoder.encode(character)]))].map((byte) => [byte])
  const longer = Array.from({ length: below(12, 0) }, (_, word) => {
    const length = 1 + below(4, 1, word)
    const text = Array.from({ length }, (_, at) => characters[below(characters.length, 2, word * 8 + at)]).join('')
    // Some tokens are cut inside a character, as byte-level vocabularies have them.
    return [...encoder.encode(text)].slice(below(3, 3, word), 12)
  }).filter((bytes) => bytes.length > 1)
  const ends = 1 + below(2, 4)
  const controls = below(2, 5)
  const special = Array.from({ length: ends + controls }, () => new Uint8Array(0))
  const bytes = [...special, ...single.map((one) => Uint8Array.from(one)), ...longer.map((one) => Uint8Array.from(one))]
  return defineToy(bytes, { ends, controls, seed: number, sharpness: 0.5 + 7 * draw(6) })
}
