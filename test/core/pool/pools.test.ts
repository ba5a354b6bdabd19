import { describe, expect, test } from 'vitest'
import { choose } from '../../../src/core/decode/choose.ts'
import { uniform } from '../../../src/core/decode/noise.ts'
import type { Bounded } from '../../../src/core/pool/bounded.ts'
import { type PoolKind, pools } from '../../../src/core/pool/pools.ts'
import { renormalised } from '../../../src/core/pool/weights.ts'
import { truncatedMember } from './truncated.ts'

interface Case {
  readonly name: string
  readonly pool: PoolKind
  /** One member in negative, as contrastive decoding has it. */
  readonly contrast: boolean
}
const cases: readonly Case[] = [
  { name: 'linear', pool: 'linear', contrast: false },
  { name: 'log-linear', pool: 'log_linear', contrast: false },
  { name: 'log-linear with a contrasted member', pool: 'log_linear', contrast: true },
  { name: 'vote', pool: 'vote', contrast: false },
]

/** A random ensemble of 1–4 members (2–4 with a contrast) over 2–7 symbols, as a pure function of the trial. */
function ensembleOf(trial: number, contrast: boolean, full = false) {
  const pick = (what: number, from: number, to: number) => from + Math.floor(uniform(trial, what, 0) * (to - from + 1))
  const count = pick(1, contrast ? 2 : 1, 4)
  const size = pick(2, 2, 7)
  const weights = renormalised(Array.from({ length: count }, (_, m) => uniform(trial, 3, m) + 0.05))
  if (contrast) {
    const negative = -0.5 * uniform(trial, 4, 0)
    const positive = 1 - negative
    const others = renormalised(weights.slice(1)).map((weight) => weight * positive)
    weights.splice(0, count, negative, ...others)
  }
  const members = Array.from({ length: count }, (_, m) =>
    truncatedMember(trial * 8 + m, size, full ? size : 1 + Math.floor(uniform(trial, 5, m) * size)),
  )
  return { weights, truths: members.map(({ truth }) => truth), listed: members.map(({ listed }) => listed) }
}

function sumOf(values: Float64Array): number {
  return values.reduce((a, b) => a + b, 0)
}

function differ(a: Float64Array, b: Float64Array): number {
  return a.reduce((most, value, x) => Math.max(most, Math.abs(value - (b[x] as number))), 0)
}

const trials = 25_000

describe.each(cases)('$name pool', ({ pool: kind, contrast }) => {
  const pool = pools[kind]

  test(`in ${trials} trials the truth lies within the bounds, the variation within the missing mass, and no certificate is wrong`, () => {
    const violations: string[] = []
    let certificates = 0
    for (let trial = 0; trial < trials; trial++) {
      const { weights, truths, listed } = ensembleOf(trial, contrast)
      const truth = pool(truths, weights)
      const fused = pool(listed, weights)
      if (Math.abs(sumOf(fused.probabilities) - 1) > 1e-12)
        violations.push(`trial ${trial} sums to ${sumOf(fused.probabilities)}`)
      fused.probabilities.forEach((p, x) => {
        if (!(fused.low[x]! <= p && p <= fused.high[x]!))
          violations.push(`trial ${trial}: symbol ${x} outside its bounds`)
      })
      let variation = 0
      truth.probabilities.forEach((p, x) => {
        variation += Math.abs(p - fused.probabilities[x]!) / 2
        if (p < fused.low[x]! - 1e-12 || p > fused.high[x]! + 1e-12)
          violations.push(`trial ${trial}: symbol ${x} out of bounds`)
      })
      if (variation > fused.missing + 1e-12)
        violations.push(`trial ${trial}: variation ${variation} > ${fused.missing}`)
      const options = { temperature: trial % 2, topP: 1, minP: 0, seed: trial, step: 0 }
      const choice = choose(fused, options)
      if (choice.certified) certificates++
      if (choice.certified && choose(truth, options).symbol !== choice.symbol)
        violations.push(`trial ${trial}: wrong certificate`)
    }
    expect(violations.slice(0, 5)).toEqual([])
    // The law would be empty if nothing were ever certified.
    expect(certificates).toBeGreaterThan(trials / 10)
  })

  test('full lists leave no interval', () => {
    for (let trial = 0; trial < 500; trial++) {
      const { weights, listed } = ensembleOf(trial, contrast, true)
      const { probabilities, low, high, missing } = pool(listed, weights)
      expect([...low]).toEqual([...probabilities])
      expect([...high]).toEqual([...probabilities])
      expect(missing).toBe(0)
    }
  })

  test('the order of members is irrelevant', () => {
    for (let trial = 0; trial < 500; trial++) {
      const { weights, listed } = ensembleOf(trial, contrast)
      const backward = pool([...listed].reverse(), [...weights].reverse())
      expect(differ(pool(listed, weights).probabilities, backward.probabilities)).toBeLessThan(1e-12)
    }
  })
})

describe('more weight on a member', () => {
  const pooled = (kind: 'log_linear' | 'vote', trial: number) => {
    const [a, b] = [truncatedMember(trial * 2, 6, 6).truth, truncatedMember(trial * 2 + 1, 6, 6).truth]
    const [less, more] = [uniform(trial, 30, 0), uniform(trial, 31, 0)].sort((x, y) => x - y) as [number, number]
    const at = (weight: number) => pools[kind]([a, b], [weight, 1 - weight]).probabilities
    return { a: a.probabilities, b: b.probabilities, less: at(less), more: at(more) }
  }

  test('log-linear: makes likelier, on the whole, what it prefers to the other', () => {
    for (let trial = 0; trial < 1000; trial++) {
      const { a, b, less, more } = pooled('log_linear', trial)
      // The derivative of this mean by the weight is a variance.
      const preference = (q: Float64Array) => q.reduce((sum, p, x) => sum + p * Math.log(a[x]! / b[x]!), 0)
      expect(preference(more)).toBeGreaterThanOrEqual(preference(less) - 1e-12)
    }
  })

  test('vote: takes nothing from what it votes for', () => {
    for (let trial = 0; trial < 1000; trial++) {
      const { a, less, more } = pooled('vote', trial)
      const vote = a.indexOf(Math.max(...a))
      expect(more[vote]).toBeGreaterThanOrEqual(less[vote]! - 1e-15)
    }
  })
})

describe('pools of one opinion', () => {
  const flat = (values: number[]): Bounded => {
    const probabilities = Float64Array.from(values)
    return { probabilities, low: probabilities, high: probabilities, missing: 0 }
  }
  const member = flat([0.5, 0.2, 0.3, 0])

  test('identical members give that member: linear and log-linear; its vote: vote', () => {
    expect(differ(pools.linear([member, member], [0.3, 0.7]).probabilities, member.probabilities)).toBeLessThan(1e-15)
    expect(differ(pools.log_linear([member, member], [0.3, 0.7]).probabilities, member.probabilities)).toBeLessThan(
      1e-15,
    )
    expect([...pools.vote([member, member], [0.25, 0.75]).probabilities]).toEqual([1, 0, 0, 0])
  })

  test('weights (1, 0) give the first member, whatever the second holds for impossible', () => {
    const other = flat([0, 0, 0.5, 0.5])
    expect(differ(pools.log_linear([member, other], [1, 0]).probabilities, member.probabilities)).toBeLessThan(1e-15)
    expect([...pools.linear([member, other], [1, 0]).probabilities]).toEqual([...member.probabilities])
    expect([...pools.vote([member, other], [1, 0]).probabilities]).toEqual([1, 0, 0, 0])
  })

  test('log-linear of members that agree on nothing is their mixture, and claims nothing', () => {
    const { probabilities, low, high, missing } = pools.log_linear([flat([1, 0]), flat([0, 1])], [0.25, 0.75])
    expect([...probabilities]).toEqual([0.25, 0.75])
    expect([[...low], [...high], missing]).toEqual([[0, 0], [1, 1], 1])
  })

  test('log-linear is the normalised product of powers', () => {
    const other = flat([0.1, 0.6, 0.2, 0.1])
    const powers = [0, 1, 2, 3].map((x) => member.probabilities[x]! ** 0.4 * other.probabilities[x]! ** 0.6)
    const total = powers.reduce((a, b) => a + b, 0)
    const { probabilities } = pools.log_linear([member, other], [0.4, 0.6])
    expect(
      differ(
        probabilities,
        Float64Array.from(powers, (power) => power / total),
      ),
    ).toBeLessThan(1e-15)
  })

  test('a member of weight 0 has no say, on what is plausible neither', () => {
    const expert = flat([0.9, 0.02, 0.08])
    const other = flat([0.02, 0.9, 0.08])
    expect(differ(pools.log_linear([expert, other], [1, 0]).probabilities, expert.probabilities)).toBeLessThan(1e-15)
    const amateur = flat([0.4, 0.3, 0.3])
    expect(pools.log_linear([other, expert, amateur], [0, 1.5, -0.5])).toEqual(
      pools.log_linear([expert, amateur], [1.5, -0.5]),
    )
  })

  test('what experts of any weight hold for implausible together is ruled out, wherever it stands', () => {
    const experts = [flat([0.02, 0.5, 0.48]), flat([0.02, 0.48, 0.5])]
    const { probabilities, low, high } = pools.log_linear([...experts, flat([0.2, 0.4, 0.4])], [0.8, 0.7, -0.5])
    expect([probabilities[0], low[0], high[0]]).toEqual([0, 0, 0])
    expect(probabilities[1]! / probabilities[2]!).toBeCloseTo((0.5 / 0.48) ** 0.8 * (0.48 / 0.5) ** 0.7, 12)
  })

  test('log-linear holds where exponentials would over- or underflow', () => {
    expect([...pools.log_linear([flat([1, 1e-320])], [1]).probabilities]).toEqual([1, 1e-320])
    expect([...pools.log_linear([flat([1e-320, 1])], [1]).probabilities]).toEqual([1e-320, 1])
    const [one, other] = [flat([1, 1e-300]), flat([1e-300, 1])]
    const { probabilities } = pools.log_linear([one, other, flat([0.5, 0.5])], [1.5, 1.5, -2])
    expect(differ(probabilities, Float64Array.of(0.5, 0.5))).toBeLessThan(1e-12)
  })

  test('log-linear takes the spread share of what an expert has not listed, not its upper bound', () => {
    const open: Bounded = {
      probabilities: Float64Array.of(0.9, 0.04, 0.06),
      low: Float64Array.of(0.9, 0, 0),
      high: Float64Array.of(0.9, 0.1, 0.1),
      missing: 0.1,
    }
    const { probabilities } = pools.log_linear([open, flat([0.25, 0.5, 0.25])], [0.5, 0.5])
    expect(probabilities[1]! / probabilities[0]!).toBeCloseTo(Math.sqrt((0.04 * 0.5) / (0.9 * 0.25)), 12)
    expect(probabilities[2]! / probabilities[0]!).toBeCloseTo(Math.sqrt(0.06 / 0.9), 12)
  })

  test('a contrasted member that holds a symbol for impossible raises it no further than its floor lets it', () => {
    const { probabilities } = pools.log_linear([flat([0.5, 0.5]), flat([1, 0])], [1.5, -0.5])
    expect(probabilities[1]! / probabilities[0]!).toBeCloseTo(1e-10 ** -0.5, 0)
  })

  test('a contrasted member lowers what it likes, and can raise nothing that the experts hold for implausible', () => {
    const expert = flat([0.49, 0.49, 0.02, 0])
    const amateur = flat([0.9, 0.09, 0.005, 0.005])
    const { probabilities } = pools.log_linear([expert, amateur], [1.5, -0.5])
    expect(probabilities[1]).toBeGreaterThan(probabilities[0]!)
    expect([probabilities[2], probabilities[3]]).toEqual([0, 0])
    expect(probabilities[0]! / probabilities[1]!).toBeCloseTo(Math.sqrt(0.09 / 0.9), 12)
  })

  test('what a contrasted member has not listed takes its upper bound', () => {
    const expert = flat([0.5, 0.5])
    const amateur: Bounded = {
      probabilities: Float64Array.of(0.9, 0.001),
      low: Float64Array.of(0.9, 0),
      high: Float64Array.of(0.9, 0.1),
      missing: 0.1,
    }
    const { probabilities } = pools.log_linear([expert, amateur], [1.5, -0.5])
    expect(probabilities[1]! / probabilities[0]!).toBeCloseTo(Math.sqrt(0.9 / 0.1), 12)
  })

  test('a tie of votes goes to the symbol that the linear pool prefers', () => {
    const first = flat([0.6, 0.4, 0])
    const second = flat([0, 0.2, 0.8])
    const fused = pools.vote([first, second], [0.5, 0.5])
    expect([...fused.probabilities]).toEqual([0.5, 0, 0.5])
    expect(choose(fused, { temperature: 0, topP: 1, minP: 0, seed: 0, step: 0 })).toEqual({
      symbol: 2,
      certified: true,
    })
  })
})
