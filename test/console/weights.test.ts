import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sameWeights, scaled, type Weights, withWeight } from '../../src/console/weights.ts'

const some = fc
  .array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 6 })
  .map((values): Weights => Object.fromEntries(values.map((value, index) => [`m${index}`, value])))
const moves = fc.array(fc.record({ at: fc.nat(5), to: fc.double({ min: -0.5, max: 1.5, noNaN: true }) }), {
  maxLength: 20,
})

const sum = (weights: Weights) => Object.values(weights).reduce((total, weight) => total + weight, 0)

test('however sliders are moved, weights are shares that sum to 1', () => {
  fc.assert(
    fc.property(some, moves, (first, all) => {
      const ids = Object.keys(first)
      let weights = scaled(first)
      for (const { at, to } of all) weights = withWeight(weights, ids[at % ids.length]!, to)
      expect(Math.abs(sum(weights) - 1)).toBeLessThan(1e-9)
      for (const weight of Object.values(weights)) expect(weight).toBeGreaterThanOrEqual(0)
    }),
  )
})

test('the moved slider stays where it was put, and the others keep their proportions', () => {
  const moved = withWeight({ a: 0.5, b: 0.3, c: 0.2 }, 'a', 0.1)
  expect(moved['a']).toBe(0.1)
  expect(moved['b']! / moved['c']!).toBeCloseTo(1.5, 12)
})

test('what was at 1 gives to all others alike', () => {
  expect(withWeight({ a: 1, b: 0, c: 0 }, 'a', 0.5)).toEqual({ a: 0.5, b: 0.25, c: 0.25 })
})

test('a member without others has all', () => {
  expect(withWeight({ a: 1 }, 'a', 0.2)).toEqual({ a: 1 })
})

test('weights are the same only where no slider would show a difference', () => {
  expect(sameWeights({ a: 0.5, b: 0.5 }, { a: 0.5001, b: 0.4999 })).toBe(true)
  expect(sameWeights({ a: 0.5, b: 0.5 }, { a: 0.51, b: 0.49 })).toBe(false)
  expect(sameWeights({ a: 1 }, { a: 1, b: 0 })).toBe(true)
})
