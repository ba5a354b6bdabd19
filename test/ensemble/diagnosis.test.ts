import { describe, expect, test } from 'vitest'
import { choose } from '../../src/core/decode/choose.ts'
import { klDivergence } from '../../src/core/distribution/divergence.ts'
import { entropy } from '../../src/core/distribution/entropy.ts'
import { linearPool } from '../../src/core/pool/linear.ts'
import { generate } from '../../src/ensemble/generate.ts'
import type { FinishEvent, SegmentEvent } from '../../src/ensemble/generation-event.ts'
import { planCompletion } from '../../src/ensemble/plan.ts'
import { bruteForce, defineToy } from '../core/lattice/toy.ts'
import { LatticeMember } from './lockstep/lattice-member.ts'
import { directoryOf, runOptions, ToyMember } from './toy-member.ts'

const bytes = ['', '', 'a', 'b', ' ', 'ab', 'ba', ' a'].map((text) => new TextEncoder().encode(text))
const toys = [11, 12, 13].map((seed) => defineToy(bytes, { ends: 1, controls: 1, seed, sharpness: 5 }))
const weights = [0.2, 0.5, 0.3]
const sampling = { temperature: 0.8, topP: 1, minP: 0 }

async function run(seed: number, overrides: object = {}) {
  const members = toys.map((toy, index) => new ToyMember(`m${index}`, toy))
  const seats = members.map((member, index) => ({ member, weight: weights[index]! }))
  const directory = await directoryOf(members, { seats, lead: 0, ...overrides })
  const request = { model: 'toys', prompt: '', maxTokens: 8, temperature: 0.8, stop: [], diagnostics: 'steps' as const }
  const segments: SegmentEvent[] = []
  let finish: FinishEvent | undefined
  for await (const event of generate(planCompletion(directory, request, seed), runOptions())) {
    if (event.kind === 'finish') finish = event
    else segments.push(event)
  }
  return { segments, finish: finish!, diagnosis: finish!.diagnosis! }
}

/** Everything the diagnosis says, computed again from enumerations of all tokenizations along the text. */
function recomputed(symbols: readonly (number | 'end')[], seed: number) {
  return symbols.map((symbol, step) => {
    const before = Uint8Array.from(symbols.slice(0, step) as number[])
    // The empty prompt begins behind the end of another text.
    const own = toys.map((toy) => bruteForce(toy, [0], before, (x) => x < 0x80 || x === 256))
    const bounded = own.map((probabilities) => ({ probabilities, low: probabilities, high: probabilities, missing: 0 }))
    const fused = linearPool(bounded, weights).probabilities
    const x = symbol === 'end' ? 256 : symbol
    const chosenWithout = own.map((_, out) => {
      const rest = weights.map((weight, index) => (index === out ? 0 : weight))
      const sum = rest.reduce((a, b) => a + b, 0)
      const pooled = linearPool(
        bounded,
        rest.map((weight) => weight / sum),
      )
      return choose(pooled, { ...sampling, seed, step }).symbol
    })
    return {
      x,
      entropy: entropy(fused),
      surprisal: -Math.log2(fused[x]!),
      members: own.map((probabilities, index) => ({
        probability: probabilities[x]!,
        responsibility: (weights[index]! * probabilities[x]!) / fused[x]!,
        kl: klDivergence(probabilities, fused),
        entropy: entropy(probabilities),
        agrees: probabilities.indexOf(Math.max(...probabilities)) === x,
        pivotal: chosenWithout[index] !== x,
      })),
    }
  })
}

describe('the diagnosis', () => {
  test('is what an enumeration of all tokenizations gives, field by field', async () => {
    let pivotal = 0
    for (const seed of [1, 2, 3, 4]) {
      const { segments, diagnosis } = await run(seed)
      const steps = segments.flatMap((segment) => segment.steps)
      const truth = recomputed(
        steps.map(({ symbol }) => symbol),
        seed,
      )
      steps.forEach((step, index) => {
        const expected = truth[index]!
        expect(step.entropy).toBeCloseTo(expected.entropy, 9)
        expect(step.surprisal!).toBeCloseTo(expected.surprisal!, 9)
        step.members.forEach((member, m) => {
          expect(member.probability).toBeCloseTo(expected.members[m]!.probability, 9)
          expect(member.responsibility).toBeCloseTo(expected.members[m]!.responsibility, 9)
          expect(member.kl_to_ensemble).toBeCloseTo(expected.members[m]!.kl, 9)
          expect(member.pivotal).toBe(expected.members[m]!.pivotal)
          if (member.pivotal) pivotal++
        })
      })
      diagnosis.members.forEach((member, m) => {
        const mean = (of: (one: (typeof truth)[number]['members'][number]) => number) =>
          truth.reduce((sum, { members }) => sum + of(members[m]!), 0) / truth.length
        expect(member.agreement).toBeCloseTo(
          mean(({ agrees }) => (agrees ? 1 : 0)),
          9,
        )
        expect(member.mean_entropy).toBeCloseTo(
          mean((one) => one.entropy),
          9,
        )
        expect(member.mean_kl_to_ensemble).toBeCloseTo(
          mean(({ kl }) => kl),
          9,
        )
        expect(member.mean_responsibility).toBeCloseTo(
          mean(({ responsibility }) => responsibility),
          9,
        )
        expect(member.pivotal_steps).toBe(truth.filter(({ members }) => members[m]!.pivotal).length)
        expect(member.weight).toBe(weights[m])
        expect(member.mean_excluded_mass).toBeGreaterThan(0)
      })
    }
    // A diagnosis that calls nobody pivotal would pass otherwise.
    expect(pivotal).toBeGreaterThan(3)
  })

  test('the carrier of a segment has the largest mean responsibility in it', async () => {
    const { segments } = await run(5)
    for (const { carrier, steps } of segments.filter((segment) => segment.steps.length > 0)) {
      const sums = new Map<string, number>()
      for (const { members } of steps)
        for (const { id, responsibility } of members) sums.set(id, (sums.get(id) ?? 0) + responsibility)
      expect(sums.get(carrier)).toBe(Math.max(...sums.values()))
    }
  })

  test('a wave is a round of calls: one to tokenize, and with whole lists at least one a step', async () => {
    const { diagnosis } = await run(6)
    expect(diagnosis.waves).toBeGreaterThanOrEqual(diagnosis.steps)
    expect(diagnosis.waves).toBeLessThanOrEqual(2 * diagnosis.steps + 1)
  })

  test('acceptance is of the paths that servers run: greedy where they sample by other noise, sampled where they run the lattice', async () => {
    const alone = async (member: ToyMember, seed: number) => {
      const directory = await directoryOf([member], { tau: 5e-3 })
      const request = {
        model: 'toys',
        prompt: '',
        maxTokens: 8,
        temperature: 1,
        stop: [],
        diagnostics: 'summary' as const,
      }
      for await (const event of generate(planCompletion(directory, request, seed), runOptions())) {
        if (event.kind === 'finish') return event.diagnosis!
      }
      throw new Error('the text has no finish')
    }
    const accepted: number[] = []
    for (const seed of [1, 2, 3, 4, 5]) {
      const greedy = await alone(new ToyMember('m0', toys[0]!), seed)
      expect(greedy.acceptance).toBe(greedy.members[0]!.agreement)
      accepted.push(greedy.acceptance!)
      expect((await alone(new LatticeMember('m0', toys[0]!), seed)).acceptance).toBe(1)
    }
    expect(Math.min(...accepted)).toBeLessThan(1)
  })

  test('times add up: the request takes at least its waiting and its fusing', async () => {
    const { timings } = (await run(7)).diagnosis
    expect(timings.fusing_ms).toBeGreaterThan(0)
    expect(timings.waiting_ms + timings.fusing_ms).toBeLessThanOrEqual(timings.total_ms + 1)
  })

  test('with cut lists the bound on the variation is that of the worst step, and at least the mean missing mass', async () => {
    const { segments, diagnosis } = await run(8, { topK: 2, tau: 5e-3 })
    const missing = segments.flatMap(({ steps }) => steps.map((step) => step.missing_mass))
    expect(diagnosis.error_bound_tv).toBeCloseTo(Math.max(...missing), 12)
    expect(diagnosis.missing_mass_max).toBeCloseTo(Math.max(...missing), 12)
    expect(diagnosis.missing_mass_mean).toBeCloseTo(missing.reduce((a, b) => a + b, 0) / missing.length, 12)
    expect(diagnosis.missing_mass_mean).toBeGreaterThan(0)
  })

  test('segments end at the token borders of the lead that is configured', async () => {
    const tokens = ['', '', 'a', 'b', ' ', 'aa', 'ab', 'ba', 'bb', 'a ', 'b ', ' a', ' b', '  ']
    const encoded = tokens.map((text) => new TextEncoder().encode(text))
    /** A member that writes tokens of one length only, and hardly ever ends. */
    const writing = (length: number) => {
      const toy = defineToy(encoded, { ends: 1, controls: 1, seed: length, sharpness: 1 })
      const probabilities = (context: readonly number[]) => {
        const kept = toy.probabilities(context).map((p, id) => (tokens[id]!.length === length ? p : p * 1e-6))
        const sum = kept.reduce((a, b) => a + b, 0)
        return kept.map((p) => p / sum)
      }
      return { ...toy, probabilities }
    }
    const members = [new ToyMember('m0', writing(1)), new ToyMember('m1', writing(2))]
    const seats = members.map((member) => ({ member, weight: 0.5 }))
    const lengths = async (lead: number) => {
      const directory = await directoryOf(members, { seats, lead, tau: 5e-3 })
      const request = {
        model: 'toys',
        prompt: '',
        maxTokens: 12,
        temperature: 1,
        stop: [],
        diagnostics: 'none' as const,
      }
      const texts: number[] = []
      for await (const event of generate(planCompletion(directory, request, 3), runOptions())) {
        if (event.kind === 'segment' && event.text.length > 0) texts.push(event.text.length)
      }
      return texts.reduce((a, b) => a + b, 0) / texts.length
    }
    expect(await lengths(0)).toBe(1)
    expect(await lengths(1)).toBeGreaterThan(1.4)
  })
})
