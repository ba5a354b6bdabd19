import fc from 'fast-check'
import { expect, test } from 'vitest'
import { completeList } from '../../../src/core/lattice/completed-list.ts'
import { conditionalOf } from '../../../src/core/lattice/conditional.ts'
import { rootContext } from '../../../src/core/lattice/context.ts'
import { Masses } from '../../../src/core/lattice/masses.ts'
import { childOf } from '../../../src/core/lattice/trie.ts'
import { utf8Start } from '../../../src/core/lattice/utf8.ts'
import { defineToy, listOfToy, toyArbitrary } from './toy.ts'

const weightArbitrary = fc.double({ min: 0.01, max: 5, noNaN: true })

test('hypotheses add up by weight; control tokens count at a token border alone, and are left out as a share of all', () => {
  fc.assert(
    fc.property(toyArbitrary, weightArbitrary, weightArbitrary, weightArbitrary, (toy, first, second, inside) => {
      const { vocabulary } = toy
      const at = (tokens: number[], node: number, weight: number) => {
        const list = completeList(listOfToy(toy, tokens, vocabulary.size), vocabulary)
        return { context: { ...rootContext(Int32Array.from(tokens)), list }, node, weight }
      }
      const place = { vocabulary, utf8: utf8Start, remainder: 0 }
      const hypotheses = [at([], 0, first), at([2], 0, second), at([3], childOf(vocabulary.trie, 0, 0x61), inside)]
      const each = hypotheses.map((hypothesis) => conditionalOf([hypothesis], place, new Masses(257)))
      const { probabilities, mass, excluded } = conditionalOf(hypotheses, place, new Masses(257))
      expect(mass).toBeCloseTo(
        each.reduce((sum, one) => sum + one.mass, 0),
        12,
      )
      probabilities.forEach((p, x) => {
        const parts = each.reduce((sum, one) => sum + one.mass * one.probabilities[x]!, 0)
        expect(p * mass).toBeCloseTo(parts, 12)
      })
      const control = (tokens: number[]) =>
        [...vocabulary.control].reduce((sum, id) => sum + toy.probabilities(tokens)[id]!, 0)
      const left = first * control([]) + second * control([2])
      expect(excluded).toBeCloseTo(left / (mass + left), 12)
    }),
  )
})

test('no symbol can have more of what is hidden than there is, nor more than its tokens are allowed', () => {
  const bytes = ['', 'a', 'ba', 'bb', 'bc', 'c'].map((text) => new TextEncoder().encode(text))
  const toy = {
    ...defineToy(bytes, { ends: 1, controls: 0, seed: 1, sharpness: 1 }),
    probabilities: () => [0.01, 0.6, 0.1, 0.1, 0.1, 0.09],
  }
  const { vocabulary } = toy
  const highs = (weight: number) => {
    const context = { ...rootContext(Int32Array.of()), list: completeList(listOfToy(toy, [], 1), vocabulary) }
    const place = { vocabulary, utf8: utf8Start, remainder: 0 }
    const { high } = conditionalOf([{ context, node: 0, weight }], place, new Masses(257))
    return [high[0x61], high[0x62], high[0x63]]
  }
  // Three tokens begin with b, each at most .4, the whole of what is hidden.
  const expected = [expect.closeTo(1, 12), expect.closeTo(0.4, 12), expect.closeTo(0.4, 12)]
  expect(highs(1)).toEqual(expected)
  expect(highs(0.25)).toEqual(expected)
})
