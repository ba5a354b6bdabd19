import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fromListedTokens } from '../../../src/core/distribution/token-distribution.ts'
import { completeList, firstAtLeast, massOfRanks } from '../../../src/core/lattice/completed-list.ts'
import { listOfToy, toyArbitrary } from './toy.ts'

const lengthArbitrary = fc.constantFrom(1, 2, 4, 8, 1000)

test('a completed list is a distribution: text, ends and control tokens together have all the mass', () => {
  fc.assert(
    fc.property(toyArbitrary, lengthArbitrary, (toy, k) => {
      const list = completeList(listOfToy(toy, [], k), toy.vocabulary)
      const text = massOfRanks(list, 0, toy.vocabulary.idAt.length)
      const ends = list.end + list.unlistedEnds * list.unlistedEach
      expect(Math.abs(text + ends + list.excluded - 1)).toBeLessThan(1e-11)
    }),
  )
})

test('the mass of an interval of ranks is that of its tokens, listed or with an even part of what is hidden', () => {
  fc.assert(
    fc.property(toyArbitrary, lengthArbitrary, fc.nat(40), fc.nat(40), (toy, k, a, b) => {
      const { vocabulary } = toy
      const listed = listOfToy(toy, [], k)
      const list = completeList(listed, vocabulary)
      const [low, high] = [a, b].map((rank) => Math.min(rank, vocabulary.idAt.length)).sort((x, y) => x - y) as [
        number,
        number,
      ]
      const unlisted = vocabulary.size - listed.ids.length
      const each = unlisted === 0 ? 0 : Math.max(listed.unlisted, 1e-12) / unlisted
      let mass = 0
      for (let rank = low; rank < high; rank++) {
        const index = listed.ids.indexOf(vocabulary.idAt[rank]!)
        mass += index < 0 ? each : Math.exp(listed.logProbs[index]!)
      }
      expect(Math.abs(massOfRanks(list, low, high) - mass)).toBeLessThan(1e-15)
      const first = [...list.ranks].findIndex((rank) => rank >= low)
      expect(firstAtLeast(list, low)).toBe(first < 0 ? list.ranks.length : first)
      expect([list.unlistedEach, list.unlistedCap]).toEqual([each, Math.min(list.unlisted, listed.smallest)])
    }),
    { numRuns: 500 },
  )
})

test('ends and control tokens are counted apart, listed or not', () => {
  fc.assert(
    fc.property(toyArbitrary, lengthArbitrary, (toy, k) => {
      const { vocabulary } = toy
      const listed = listOfToy(toy, [], k)
      const list = completeList(listed, vocabulary)
      const massOf = (ids: Iterable<number>) => {
        const indexes = [...ids].map((id) => listed.ids.indexOf(id)).filter((index) => index >= 0)
        return {
          count: indexes.length,
          mass: indexes.reduce((sum, index) => sum + Math.exp(listed.logProbs[index]!), 0),
        }
      }
      const ends = massOf(vocabulary.end)
      const controls = massOf(vocabulary.control)
      expect(list.end).toBeCloseTo(ends.mass, 14)
      expect(list.unlistedEnds).toBe(vocabulary.end.size - ends.count)
      expect(list.excluded).toBeCloseTo(
        controls.mass + (vocabulary.control.size - controls.count) * list.unlistedEach,
        14,
      )
    }),
  )
})

test('with renormalise an unlisted token keeps next to nothing, and the bounds stay', () => {
  fc.assert(
    fc.property(toyArbitrary, (toy) => {
      const listed = listOfToy(toy, [], 3)
      const spread = completeList(listed, toy.vocabulary)
      const list = completeList(listed, toy.vocabulary, 'renormalise')
      expect(list.unlistedEach).toBeGreaterThan(0)
      expect(list.unlistedEach * (toy.vocabulary.size - 3)).toBeCloseTo(1e-12, 20)
      expect([list.unlisted, list.unlistedCap]).toEqual([spread.unlisted, spread.unlistedCap])
    }),
  )
})

test('a list that is not of all tokens hides something, though rounding says it sums to 1', () => {
  fc.assert(
    fc.property(toyArbitrary, (toy) => {
      const one = fromListedTokens({ ids: [2], logProbs: [0], vocabularySize: toy.vocabulary.size, topK: 1 })
      const list = completeList(one, toy.vocabulary)
      expect([list.unlisted, list.unlistedCap]).toEqual([1e-12, 1e-12])
      expect(list.unlistedEach * (toy.vocabulary.size - 1)).toBeCloseTo(1e-12, 20)
    }),
  )
})
