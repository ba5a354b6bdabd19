import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { choose } from '../../../src/core/decode/choose.ts'
import { Penalties } from '../../../src/core/decode/penalties.ts'
import { roomFor } from '../../../src/core/pool/bounded.ts'

const none = new Map<number, number>()
const fusedOf = (values: readonly number[]) => {
  const probabilities = Float64Array.from(values)
  return {
    probabilities,
    low: probabilities.map((p) => p * 0.9),
    high: probabilities.map((p) => p * 1.1),
    missing: 0.1,
  }
}

describe('penalties', () => {
  test('a symbol loses the presence penalty once and the frequency penalty each time, in nats', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(3), { maxLength: 20 }),
        fc.double({ min: -2, max: 2, noNaN: true }),
        fc.double({ min: -2, max: 2, noNaN: true }),
        (output, frequency, presence) => {
          const penalties = new Penalties({ frequency, presence, bias: none })
          for (const symbol of output) penalties.count(symbol)
          const fused = fusedOf([0.4, 0.3, 0.2, 0.1])
          const weighed = penalties.weigh(fused, roomFor(4))
          for (let x = 0; x < 4; x++) {
            const count = output.filter((symbol) => symbol === x).length
            const expected = count === 0 ? 0 : frequency * count + presence
            for (const key of ['probabilities', 'low', 'high'] as const) {
              expect(Math.log(fused[key][x]! / weighed[key][x]!)).toBeCloseTo(expected, 9)
            }
          }
        },
      ),
    )
  })

  test('a bias of −100 bans a symbol, and no sampling brings it back', () => {
    const penalties = new Penalties({ frequency: 0, presence: 0, bias: new Map([[0, -100]]) })
    const fused = penalties.weigh(fusedOf([0.97, 0.02, 0.01]), roomFor(3))
    for (let seed = 0; seed < 200; seed++) {
      for (const temperature of [0, 1, 2]) {
        expect(choose(fused, { temperature, topP: 1, minP: 0, seed, step: 0 }).symbol).not.toBe(0)
      }
    }
  })

  test('symbols of equal probability are weighed in the tiebreak, too', () => {
    const penalties = new Penalties({ frequency: 0, presence: 0, bias: new Map([[2, -100]]) })
    const fused = { ...fusedOf([0, 0.5, 0.5]), tiebreak: Float64Array.of(0.1, 0.3, 0.6) }
    const { tiebreak } = penalties.weigh(fused, roomFor(3))
    expect([...tiebreak!]).toEqual([0.1, 0.3, 0])
    expect([...fused.tiebreak]).toEqual([0.1, 0.3, 0.6])
  })

  test('however often a symbol is there, penalties ban nothing and leave numbers', () => {
    for (const frequency of [-2, 2]) {
      const penalties = new Penalties({ frequency, presence: 0, bias: new Map([[0, -frequency]]) })
      for (let times = 0; times < 1000; times++) penalties.count(0)
      const alone = penalties.weigh({ ...fusedOf([1, 0]), high: Float64Array.of(1, 0) }, roomFor(2))
      expect(alone.probabilities[0]).toBeGreaterThan(0)
      expect(alone.probabilities[0]).toBeLessThan(Number.POSITIVE_INFINITY)
      expect([...penalties.weigh(fusedOf([0, 1]), roomFor(2)).high]).toEqual([0, 1.1])
    }
  })

  test('the fused distribution itself stays as it was', () => {
    const penalties = new Penalties({ frequency: 1, presence: 1, bias: new Map([[1, 5]]) })
    penalties.count(0)
    const fused = fusedOf([0.5, 0.5])
    penalties.weigh(fused, roomFor(2))
    expect([...fused.probabilities]).toEqual([0.5, 0.5])
    expect(penalties.idle).toBe(false)
    expect(new Penalties({ frequency: 0, presence: 0, bias: none }).idle).toBe(true)
  })
})
