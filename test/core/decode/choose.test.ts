import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { choose, chooseSymbol } from '../../../src/core/decode/choose.ts'
import { stepKey, uniform, uniformAt, uniformAtMost } from '../../../src/core/decode/noise.ts'
import { leastKept } from '../../../src/core/decode/warp.ts'

function exact(values: readonly number[]) {
  const probabilities = Float64Array.from(values)
  return { probabilities, low: probabilities, high: probabilities, missing: 0 }
}

const distribution = fc
  .array(fc.integer({ min: 1, max: 100 }), { minLength: 2, maxLength: 12 })
  .map((values) => values.map((value) => value / values.reduce((a, b) => a + b, 0)))
const plain = { temperature: 1, topP: 1, minP: 0 }

describe('choose', () => {
  test('temperature 0 takes the likeliest symbol, the first of equals', () => {
    expect(choose(exact([0.2, 0.4, 0.4]), { ...plain, temperature: 0, seed: 1, step: 0 }).symbol).toBe(1)
  })

  test('the same seed and step choose the same symbol; steps choose apart', () => {
    fc.assert(
      fc.property(distribution, fc.maxSafeNat(), fc.nat(1000), (values, seed, step) => {
        const options = { ...plain, seed, step }
        expect(choose(exact(values), options)).toEqual(choose(exact(values), options))
      }),
    )
    const flat = exact(Array.from({ length: 64 }, () => 1 / 64))
    const chosen = new Set(Array.from({ length: 200 }, (_, step) => choose(flat, { ...plain, seed: 7, step }).symbol))
    expect(chosen.size).toBeGreaterThan(50)
  })

  test('over many seeds symbols come as often as they are likely, at any temperature', () => {
    const values = [0.5, 0.25, 0.125, 0.125]
    for (const temperature of [0.5, 1, 2]) {
      const tempered = values.map((p) => p ** (1 / temperature))
      const total = tempered.reduce((a, b) => a + b, 0)
      const counts = values.map(() => 0)
      const trials = 20_000
      for (let seed = 0; seed < trials; seed++) {
        const { symbol } = choose(exact(values), { ...plain, temperature, seed, step: 3 })
        counts[symbol] = (counts[symbol] as number) + 1
      }
      // Five standard deviations of a binomial share.
      counts.forEach((count, x) => {
        const p = (tempered[x] as number) / total
        expect(Math.abs(count / trials - p)).toBeLessThan(5 * Math.sqrt((p * (1 - p)) / trials))
      })
    }
  })

  test('it is the argmax of log q(x)/T + G over what the filters keep, of proportions too', () => {
    fc.assert(
      fc.property(
        fc
          .array(fc.integer({ min: 0, max: 20 }), { minLength: 2, maxLength: 40 })
          .filter((values) => values.some((v) => v > 0)),
        fc.constantFrom(0.3, 0.7, 1, 1.5, 3),
        fc.constantFrom([1, 0], [0.7, 0], [1, 0.2], [0.9, 0.05]),
        fc.nat(1e6),
        (values, temperature, filters, seed) => {
          const q = Float64Array.from(values)
          const warp = { temperature, topP: filters[0]!, minP: filters[1]! }
          const least = leastKept(q, warp)
          const score = (x: number) =>
            q[x]! > 0 && q[x]! >= least
              ? Math.log(q[x]!) / temperature - Math.log(-Math.log(uniform(seed, 3, x)))
              : Number.NEGATIVE_INFINITY
          const best = [...q.keys()].reduce((a, b) => (score(b) > score(a) ? b : a))
          expect(chooseSymbol(q, { ...warp, seed, step: 3 })).toBe(best)
        },
      ),
      { numRuns: 5000 },
    )
  })

  test('the symbol that a filter reaches last is kept', () => {
    const chosen = (warp: { topP: number; minP: number }) =>
      new Set(
        Array.from(
          { length: 200 },
          (_, seed) => choose(exact([0.5, 0.25, 0.25]), { temperature: 1, ...warp, seed, step: 0 }).symbol,
        ),
      )
    expect([...chosen({ topP: 0.75, minP: 0 })].sort()).toEqual([0, 1, 2])
    expect([...chosen({ topP: 0.5, minP: 0 })]).toEqual([0])
    expect([...chosen({ topP: 1, minP: 0.5 })].sort()).toEqual([0, 1, 2])
  })

  test('without a filter a sampled choice can be certified that is not the likeliest', () => {
    const near = {
      probabilities: Float64Array.of(0.5, 0.3, 0.2),
      low: Float64Array.of(0.499, 0.299, 0.199),
      high: Float64Array.of(0.501, 0.301, 0.201),
      missing: 0.002,
    }
    const certified = (warp: { topP: number; minP: number }) =>
      Array.from({ length: 200 }, (_, seed) => choose(near, { temperature: 1, ...warp, seed, step: 0 }))
        .filter((choice) => choice.certified)
        .map(({ symbol }) => symbol)
    expect([...new Set(certified({ topP: 1, minP: 0 }))].sort()).toEqual([0, 1, 2])
    expect([...new Set(certified({ topP: 0.999, minP: 0 }))]).toEqual([0])
    expect([...new Set(certified({ topP: 1, minP: 0.01 }))]).toEqual([0])
  })

  test('a rival that could have everything takes the certificate away; at the least temperature a clear lead keeps it', () => {
    const open = {
      probabilities: Float64Array.of(0.6, 0.4),
      low: Float64Array.of(0.6, 0),
      high: Float64Array.of(1, 1),
      missing: 0.4,
    }
    for (const temperature of [0, 1]) {
      const sure = Array.from({ length: 50 }, (_, seed) => choose(open, { ...plain, temperature, seed, step: 0 }))
      expect(sure.filter(({ symbol, certified }) => symbol === 0 && certified).length).toBeLessThan(40)
    }
    expect(choose(open, { ...plain, temperature: 0, seed: 0, step: 0 }).certified).toBe(false)
    const clear = { ...open, low: Float64Array.of(0.6, 0.3), high: Float64Array.of(0.7, 0.4) }
    const least = { ...plain, temperature: Number.MIN_VALUE, seed: 0, step: 0 }
    expect(choose(clear, least)).toEqual({ symbol: 0, certified: true })
    // Drawing level is no more than that under a filter either.
    const level = { ...open, low: Float64Array.of(0.5, 0.3), high: Float64Array.of(0.6, 0.5) }
    expect(choose(level, { temperature: 0, topP: 0.9, minP: 0, seed: 0, step: 0 }).certified).toBe(true)
  })

  test('of equals with equal tiebreaks, and of nothing, the first', () => {
    const greedy = { ...plain, temperature: 0, seed: 0, step: 0 }
    expect(choose({ ...exact([0.2, 0.4, 0.4]), tiebreak: Float64Array.of(0, 1, 1) }, greedy).symbol).toBe(1)
    expect(chooseSymbol(Float64Array.of(0, 0), greedy)).toBe(0)
    expect(chooseSymbol(Float64Array.of(0, 0), { ...greedy, temperature: 1 })).toBe(0)
  })

  test('a certified choice is the choice of every distribution within the bounds', () => {
    fc.assert(
      fc.property(
        distribution,
        distribution,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.constantFrom(0, 0.7, 1),
        fc.nat(10_000),
        (values, others, slack, temperature, seed) => {
          const truth = Float64Array.from(
            values,
            (p, x) => p + slack * ((others[x % others.length] as number) - p) * 0.1,
          )
          const centre = exact(values)
          const fused = {
            probabilities: centre.probabilities,
            low: centre.probabilities.map((p, x) => Math.min(p, truth[x] as number)),
            high: centre.probabilities.map((p, x) => Math.max(p, truth[x] as number)),
            missing: 1,
          }
          const options = { ...plain, temperature, seed, step: 0 }
          const { symbol, certified } = choose(fused, options)
          if (certified)
            expect(choose({ probabilities: truth, low: truth, high: truth, missing: 0 }, options).symbol).toBe(symbol)
        },
      ),
      { numRuns: 2000 },
    )
  })

  test('as the temperature falls to 0, sampling becomes greedy, down to the least number above 0', () => {
    fc.assert(
      fc.property(distribution, fc.nat(1000), (values, seed) => {
        fc.pre(new Set(values).size === values.length)
        const greedy = choose(exact(values), { ...plain, temperature: 0, seed, step: 0 }).symbol
        for (const temperature of [1e-4, 1e-9, 1e-300, Number.MIN_VALUE]) {
          expect(choose(exact(values), { ...plain, temperature, seed, step: 0 }).symbol).toBe(greedy)
        }
      }),
    )
    const spread = [...Array.from({ length: 200 }, () => 0.001), 0.4, 0.3, 0.1]
    expect(choose(exact(spread), { ...plain, temperature: 1e-3, seed: 1, step: 0 }).symbol).toBe(200)
  })

  test('a filter takes the certificate from all but the surely likeliest symbol', () => {
    const bounds = {
      probabilities: Float64Array.of(0.5, 0.3, 0.2),
      low: Float64Array.of(0.3, 0.25, 0.2),
      high: Float64Array.of(0.5, 0.4, 0.3),
      missing: 0.3,
    }
    for (let seed = 0; seed < 300; seed++) {
      const filtered = choose(bounds, { temperature: 1, topP: 0.9, minP: 0, seed, step: 0 })
      expect(filtered.certified).toBe(false)
    }
    const clear = { ...bounds, low: Float64Array.of(0.45, 0.2, 0.1), high: Float64Array.of(0.7, 0.3, 0.2) }
    const certain = Array.from({ length: 300 }, (_, seed) =>
      choose(clear, { temperature: 1, topP: 1, minP: 0.1, seed, step: 0 }),
    )
    expect(certain.some(({ certified }) => certified)).toBe(true)
    expect(certain.filter(({ certified }) => certified).every(({ symbol }) => symbol === 0)).toBe(true)
  })

  test('exact bounds certify every greedy choice without a tie', () => {
    expect(choose(exact([0.1, 0.6, 0.3]), { ...plain, temperature: 0, seed: 0, step: 0 })).toEqual({
      symbol: 1,
      certified: true,
    })
  })

  test('a rival that can at most draw level takes the certificate away if it comes first, or a tiebreak could prefer it', () => {
    const greedy = { ...plain, temperature: 0, seed: 0, step: 0 }
    const bounds = (values: number[], low: number[], high: number[]) => ({
      probabilities: Float64Array.from(values),
      low: Float64Array.from(low),
      high: Float64Array.from(high),
      missing: 0.1,
    })
    const later = bounds([0.6, 0.4], [0.5, 0.4], [0.6, 0.5])
    expect(choose(later, greedy)).toEqual({ symbol: 0, certified: true })
    expect(choose({ ...later, tiebreak: Float64Array.of(0.5, 0.5) }, greedy).certified).toBe(false)
    expect(choose(bounds([0.4, 0.6], [0.4, 0.5], [0.5, 0.6]), greedy)).toEqual({ symbol: 1, certified: false })
    expect(choose(bounds([0.4, 0.6], [0.4, 0.5], [0.49, 0.6]), greedy)).toEqual({ symbol: 1, certified: true })
    // Nothing is certain of a symbol that may have no mass at all.
    expect(choose(bounds([0.6, 0], [0, 0], [1, 0]), greedy)).toEqual({ symbol: 0, certified: false })
  })

  test('of equals a tiebreak takes its larger, greedy or not', () => {
    const equal = { ...exact([0.5, 0.25, 0.25]), tiebreak: Float64Array.of(0, 0.2, 0.3) }
    const tied = { ...exact([0.25, 0.375, 0.375]), tiebreak: equal.tiebreak }
    expect(choose(tied, { ...plain, temperature: 0, seed: 0, step: 0 }).symbol).toBe(2)
    expect(choose(equal, { ...plain, temperature: 0, seed: 0, step: 0 }).symbol).toBe(0)
  })

  test('an interval that overlaps the choice takes the certificate away', () => {
    const fused = {
      ...exact([0.4, 0.6]),
      missing: 0.4,
      high: Float64Array.of(0.7, 0.9),
      low: Float64Array.of(0.1, 0.3),
    }
    expect(choose(fused, { ...plain, temperature: 0, seed: 0, step: 0 })).toEqual({ symbol: 1, certified: false })
  })
})

describe('filters', () => {
  const values = Float64Array.of(0.5, 0.3, 0.15, 0.05, 0)
  const kept = (warp: object) => {
    const least = leastKept(values, { ...plain, ...warp })
    return [...values.keys()].filter((x) => values[x]! > 0 && values[x]! >= least)
  }

  test('neutral settings keep every possible symbol', () => {
    expect(kept({})).toEqual([0, 1, 2, 3])
  })

  test('top-p keeps the fewest symbols that reach the share of the mass', () => {
    expect(kept({ topP: 0.5 })).toEqual([0])
    expect(kept({ topP: 0.51 })).toEqual([0, 1])
    expect(kept({ topP: 0.9499 })).toEqual([0, 1, 2])
    const halves = values.map((p) => p / 2)
    expect(leastKept(halves, { ...plain, topP: 0.51 })).toBe(0.15)
  })

  test('min-p keeps symbols of at least its share of the likeliest', () => {
    expect(kept({ minP: 0.3 })).toEqual([0, 1, 2])
    expect(kept({ minP: 1 })).toEqual([0])
  })

  test('a symbol that is filtered out is never chosen', () => {
    for (let seed = 0; seed < 500; seed++) {
      expect(choose(exact([...values]), { ...plain, topP: 0.6, seed, step: 0 }).symbol).toBeLessThan(2)
      expect(choose(exact([...values]), { ...plain, minP: 0.3, seed, step: 0 }).symbol).toBeLessThan(3)
    }
  })
})

describe('noise', () => {
  // Whoever walks by the ensemble's noise must draw the same, in whatever version.
  test('of a seed is what it always was', () => {
    const drawn = [uniform(0, 0, 0), uniform(1, 2, 3), uniform(2 ** 53 - 1, 1000, 256), uniform(-5, 7, 255)]
    expect(drawn).toEqual([0.047660167718714785, 0.9089872213652441, 0.9767807120340242, 0.4206321440476168])
  })

  test('is never above its quick bound, and hardly below', () => {
    for (let symbol = 0; symbol < 5000; symbol++) {
      const key = stepKey(symbol % 7, symbol)
      const [exactly, most] = [uniformAt(key, symbol), uniformAtMost(key, symbol)]
      expect(exactly).toBeLessThan(most)
      expect(most - exactly).toBeLessThanOrEqual(2 ** -27)
    }
  })

  test('is a pure function of seed, step and symbol, and uniform', () => {
    expect(uniform(1, 2, 3)).toBe(uniformAt(stepKey(1, 2), 3))
    expect(uniform(1, 2, 3)).not.toBe(uniform(1, 3, 2))
    expect(uniform(5, 0, 0)).not.toBe(uniform(5 + 2 ** 32, 0, 0))
    const bins = Array.from({ length: 10 }, () => 0)
    for (let i = 0; i < 100_000; i++) {
      const bin = Math.floor(uniform(i % 317, Math.floor(i / 317), i % 257) * 10)
      bins[bin] = (bins[bin] as number) + 1
    }
    for (const count of bins) expect(Math.abs(count - 10_000)).toBeLessThan(500)
  })

  test('the winner of the race is the argmax of log q/T plus Gumbel noise', () => {
    fc.assert(
      fc.property(distribution, fc.nat(10_000), fc.constantFrom(0.3, 1, 1.7), (values, seed, temperature) => {
        const scores = values.map((p, x) => Math.log(p) / temperature - Math.log(-Math.log(uniform(seed, 4, x))))
        const { symbol } = choose(exact(values), { ...plain, temperature, seed, step: 4 })
        expect(symbol).toBe(scores.indexOf(Math.max(...scores)))
      }),
      { numRuns: 1000 },
    )
  })
})
