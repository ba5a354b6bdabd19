import { expect, test } from 'vitest'
import { choose } from '../../src/core/decode/choose.ts'
import { uniform } from '../../src/core/decode/noise.ts'
import { completeList } from '../../src/core/lattice/completed-list.ts'
import { conditionalOf } from '../../src/core/lattice/conditional.ts'
import { contextTokens, type LatticeContext, rootContext } from '../../src/core/lattice/context.ts'
import { advanceFrontier, type Hypothesis } from '../../src/core/lattice/frontier.ts'
import { Masses } from '../../src/core/lattice/masses.ts'
import type { Conditional } from '../../src/core/lattice/symbol-path.ts'
import { utf8Allows, utf8Next, utf8Start } from '../../src/core/lattice/utf8.ts'
import type { Bounded } from '../../src/core/pool/bounded.ts'
import { pools } from '../../src/core/pool/pools.ts'
import { renormalised } from '../../src/core/pool/weights.ts'
import { listOfToy, type Toy } from '../core/lattice/toy.ts'
import { randomToy } from './random-toy.ts'

const trials = 100_000

function withList(toy: Toy, context: LatticeContext, k: number): LatticeContext {
  return { ...context, list: completeList(listOfToy(toy, [...contextTokens(context)], k), toy.vocabulary) }
}

/** What one member says after up to four bytes of text: with whole lists, and with those of this step cut to length k. */
function twoViews(toy: Toy, trial: number, k: number): { truth: Conditional; cut: Conditional } {
  const size = toy.vocabulary.size
  let hypotheses: readonly Hypothesis[] = [{ context: rootContext(new Int32Array(0)), node: 0, weight: 1 }]
  let utf8 = utf8Start
  const whole = () =>
    hypotheses.map((h) => ({ ...h, context: h.context.list === null ? withList(toy, h.context, size) : h.context }))
  const length = Math.floor(uniform(trial, 20, 0) * 5)
  const alphabet = [...toy.vocabulary.trie.byte.subarray(1, 1 + (toy.vocabulary.trie.childCount[0] as number))]
  for (let at = 0; at < length; at++) {
    hypotheses = whole()
    const allowed = alphabet.filter((byte) => utf8Allows(utf8, byte))
    const byte = allowed[Math.floor(uniform(trial, 21, at) * allowed.length)] as number
    hypotheses = advanceFrontier(hypotheses, toy.vocabulary, byte, 0).hypotheses
    utf8 = utf8Next(utf8, byte)
  }
  hypotheses = whole()
  const place = { vocabulary: toy.vocabulary, utf8, remainder: 0 }
  const truth = conditionalOf(hypotheses, place, new Masses(257))
  const shortened = hypotheses.map((h) => ({ ...h, context: withList(toy, h.context, k) }))
  return { truth, cut: conditionalOf(shortened, place, new Masses(257)) }
}

function holds({ probabilities, low, high }: Bounded): boolean {
  return probabilities.every((p, x) => low[x]! <= p && p <= high[x]!)
}

test(`in ${trials} steps with cut lists the truth lies within the bounds, and no certified choice of the pool is another one's`, () => {
  const violations: string[] = []
  let certificates = 0
  for (let trial = 0; trial < trials; trial++) {
    const toy = randomToy(trial % 5000)
    const other = randomToy(5000 + (trial % 4999))
    const k = 1 + Math.floor(uniform(trial, 22, 0) * 8)
    const views = [twoViews(toy, trial, k), twoViews(other, trial, k)]
    for (const { truth, cut } of views) {
      if (!holds(cut)) violations.push(`trial ${trial}: a value outside its bounds`)
      let variation = 0
      for (let x = 0; x < 257; x++) {
        const p = truth.probabilities[x]!
        variation += Math.abs(p - cut.probabilities[x]!) / 2
        if (p < cut.low[x]! - 1e-12 || p > cut.high[x]! + 1e-12)
          violations.push(`trial ${trial}: symbol ${x} out of bounds`)
      }
      if (variation > cut.missing + 1e-12)
        violations.push(`trial ${trial}: variation ${variation} above ${cut.missing}`)
    }
    const share = uniform(trial, 23, 0)
    const weights = renormalised([share, 1 - share])
    const kind = (['linear', 'log_linear', 'vote'] as const)[trial % 3]!
    const sampling = { temperature: [0, 0.7, 1][trial % 3]!, topP: 1, minP: 0, seed: trial, step: 0 }
    const fused = pools[kind](
      views.map(({ cut }) => cut),
      weights,
    )
    if (!holds(fused)) violations.push(`trial ${trial}: a fused value outside its bounds`)
    const choice = choose(fused, sampling)
    if (!choice.certified) continue
    certificates++
    if (
      choose(
        pools[kind](
          views.map(({ truth }) => truth),
          weights,
        ),
        sampling,
      ).symbol !== choice.symbol
    ) {
      violations.push(`trial ${trial}: wrong certificate`)
    }
  }
  expect(violations.slice(0, 5)).toEqual([])
  expect(certificates).toBeGreaterThan(trials / 50)
}, 600_000)
