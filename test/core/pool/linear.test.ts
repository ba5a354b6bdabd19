import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Conditional } from '../../../src/core/lattice/symbol-path.ts'
import { symbolCount } from '../../../src/core/lattice/symbols.ts'
import { roomFor } from '../../../src/core/pool/bounded.ts'
import { linearPool } from '../../../src/core/pool/linear.ts'
import { renormalised } from '../../../src/core/pool/weights.ts'

const conditionalArbitrary: fc.Arbitrary<Conditional> = fc
  .array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: symbolCount, maxLength: symbolCount })
  .filter((values) => values.some((value) => value > 0))
  .map((values) => {
    const sum = values.reduce((a, b) => a + b, 0)
    const probabilities = Float64Array.from(values, (value) => value / sum)
    return {
      probabilities,
      low: probabilities.map((p) => p / 2),
      high: probabilities.map((p) => Math.min(1, p * 2)),
      missing: 0.25,
      mass: 1,
      excluded: 0,
    }
  })
const membersArbitrary = fc.array(conditionalArbitrary, { minLength: 1, maxLength: 5 })

function sum(values: Float64Array): number {
  return values.reduce((a, b) => a + b, 0)
}

function near(a: Float64Array, b: Float64Array): boolean {
  return a.every((value, index) => Math.abs(value - (b[index] as number)) < 1e-12)
}

describe('linear pool', () => {
  test('sums to 1 within 1e-12, between its bounds', () => {
    fc.assert(
      fc.property(
        membersArbitrary,
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 5, maxLength: 5 }),
        (members, raw) => {
          const weights = renormalised(raw.slice(0, members.length))
          const { probabilities, low, high, missing } = linearPool(members, weights)
          expect(Math.abs(sum(probabilities) - 1)).toBeLessThan(1e-12)
          expect(probabilities.every((p, x) => (low[x] as number) <= p && p <= (high[x] as number) + 1e-15)).toBe(true)
          expect(missing).toBeCloseTo(0.25, 12)
        },
      ),
    )
  })

  test('a room that was used before changes nothing; where nothing is hidden the bounds are the distribution', () => {
    fc.assert(
      fc.property(membersArbitrary, membersArbitrary, fc.boolean(), (before, members, open) => {
        const weights = (of: readonly unknown[]) => renormalised(of.map(() => 1))
        const room = roomFor(symbolCount)
        linearPool(before, weights(before), room)
        const asked = open ? members : members.map((member) => ({ ...member, missing: 0 }))
        const { probabilities, low, high } = linearPool(asked, weights(asked), room)
        expect([probabilities, low, high]).toEqual(
          ((fresh) => [fresh.probabilities, fresh.low, fresh.high])(linearPool(asked, weights(asked))),
        )
        if (!open) expect([low, high].every((bound) => bound === probabilities)).toBe(true)
      }),
    )
  })

  test('identical members give that member', () => {
    fc.assert(
      fc.property(conditionalArbitrary, fc.integer({ min: 1, max: 5 }), (member, count) => {
        const members = Array.from({ length: count }, () => member)
        expect(near(linearPool(members, renormalised(members.map(() => 1))).probabilities, member.probabilities)).toBe(
          true,
        )
      }),
    )
  })

  test('weights (1, 0, …) give the first member exactly', () => {
    fc.assert(
      fc.property(membersArbitrary, (members) => {
        const weights = members.map((_, index) => (index === 0 ? 1 : 0))
        expect(linearPool(members, weights).probabilities).toEqual(members[0]?.probabilities)
      }),
    )
  })

  test('the order of members is irrelevant', () => {
    fc.assert(
      fc.property(membersArbitrary, (members) => {
        const weights = renormalised(members.map((_, index) => index + 1))
        const forward = linearPool(members, weights).probabilities
        const backward = linearPool([...members].reverse(), [...weights].reverse()).probabilities
        expect(near(forward, backward)).toBe(true)
      }),
    )
  })

  test('more weight on a member moves the pool towards it', () => {
    fc.assert(
      fc.property(conditionalArbitrary, conditionalArbitrary, (a, b) => {
        const less = linearPool([a, b], [0.3, 0.7]).probabilities
        const more = linearPool([a, b], [0.6, 0.4]).probabilities
        const moves = [...more.keys()].every((x) => {
          const towards = Math.sign((a.probabilities[x] as number) - (b.probabilities[x] as number))
          return towards * ((more[x] as number) - (less[x] as number)) >= -1e-15
        })
        expect(moves).toBe(true)
      }),
    )
  })

  test('weights of those present keep their proportions, and are equal when all are 0', () => {
    expect(renormalised([0.2, 0.6])).toEqual([0.25, 0.7499999999999999])
    expect(renormalised([0, 0])).toEqual([0.5, 0.5])
  })
})
