import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { StepDiagnosis } from '../../src/ensemble/diagnosis.ts'
import type { Ensemble } from '../../src/ensemble/ensemble.ts'
import { generate } from '../../src/ensemble/generate.ts'
import { planCompletion } from '../../src/ensemble/plan.ts'
import { type Toy, toyArbitrary } from '../core/lattice/toy.ts'
import { directoryOf, runOptions, ToyMember } from './toy-member.ts'

const encoder = new TextEncoder()
const weights = [0.2, 0.5, 0.3]

interface Way {
  readonly toys: readonly Toy[]
  readonly seed: number
  readonly stepCandidates: number
  readonly ensemble?: Partial<Ensemble>
}

async function stepsOf({ toys, seed, stepCandidates, ensemble = {} }: Way): Promise<StepDiagnosis[]> {
  const fingerprint = ensemble.granularity === 'token' ? 'one' : null
  const members = toys.map((toy, index) => new ToyMember(`m${index}`, toy, { fingerprint }))
  const seats = members.map((member, index) => ({ member, weight: weights[index]! }))
  const directory = await directoryOf(members, { seats, tau: 5e-3, ...ensemble })
  const diagnostics = 'steps' as const
  const asked = { model: 'toys', prompt: 'ab', maxTokens: 5, temperature: 1, stop: [], diagnostics, stepCandidates }
  const steps: StepDiagnosis[] = []
  for await (const event of generate(planCompletion(directory, asked, seed), runOptions())) {
    if (event.kind === 'segment') steps.push(...event.steps)
  }
  return steps
}

const settings = fc.record({
  seed: fc.integer({ min: 0, max: 2 ** 32 }),
  stepCandidates: fc.integer({ min: 1, max: 20 }),
})

describe('the candidates of a step', () => {
  const lists = fc.constantFrom(2, 1000)

  test('have as fused probability the weighted mean of the members’ own, between bounds', async () => {
    await fc.assert(
      fc.asyncProperty(toyArbitrary, toyArbitrary, toyArbitrary, settings, lists, async (a, b, c, asked, topK) => {
        const steps = await stepsOf({ toys: [a, b, c], ...asked, ensemble: { topK } })
        for (const { candidates = [], members } of steps) {
          expect(candidates.length).toBeGreaterThan(0)
          for (const { probability, low, high, members: own } of candidates) {
            expect(own.length).toBe(members.length)
            const mean = own.reduce((sum, p, index) => sum + weights[index]! * p, 0)
            expect(probability).toBeCloseTo(mean, 12)
            expect(low).toBeLessThanOrEqual(probability + 1e-12)
            expect(high).toBeGreaterThanOrEqual(probability - 1e-12)
          }
        }
      }),
      { numRuns: 60 },
    )
  }, 60_000)

  test('are likeliest first, as many as are asked for, and hold the chosen symbol with the step’s own figures', async () => {
    await fc.assert(
      fc.asyncProperty(toyArbitrary, toyArbitrary, settings, async (a, b, asked) => {
        const steps = await stepsOf({ toys: [a, b], ...asked })
        for (const { candidates = [], symbol, surprisal, members } of steps) {
          const order = candidates.map(({ probability }) => probability)
          expect(order).toEqual(order.toSorted((one, other) => other - one))
          const chosen = candidates.findIndex((one) => one.symbol === symbol)
          expect(chosen).toBeGreaterThanOrEqual(0)
          expect(candidates.length).toBeLessThanOrEqual(asked.stepCandidates + 1)
          if (candidates.length > asked.stepCandidates) expect(chosen).toBe(asked.stepCandidates)
          const own = candidates[chosen]!
          expect(-Math.log2(own.probability)).toBe(surprisal)
          expect(own.members).toEqual(members.map(({ probability }) => probability))
          expect(new Set(candidates.map((one) => one.symbol)).size).toBe(candidates.length)
        }
      }),
      { numRuns: 60 },
    )
  }, 60_000)

  test('asked for in full are the whole distribution, whose entropy is the step’s and, by member, the member’s', async () => {
    await fc.assert(
      fc.asyncProperty(
        toyArbitrary,
        toyArbitrary,
        settings.map(({ seed }) => seed),
        async (a, b, seed) => {
          // More than any step of these toys has.
          const steps = await stepsOf({ toys: [a, b], seed, stepCandidates: 1000 })
          const entropy = (all: readonly number[]) => all.reduce((sum, p) => (p > 0 ? sum - p * Math.log2(p) : sum), 0)
          for (const { candidates = [], members, ...step } of steps) {
            expect(candidates.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 9)
            expect(entropy(candidates.map(({ probability }) => probability))).toBeCloseTo(step.entropy, 9)
            members.forEach((member, index) => {
              expect(entropy(candidates.map((one) => one.members[index]!))).toBeCloseTo(member.entropy, 9)
              expect(member.unlisted).toBe(0)
            })
          }
        },
      ),
      { numRuns: 40 },
    )
  }, 60_000)

  test('change nothing of what is decided, and are left out unless asked for', async () => {
    await fc.assert(
      fc.asyncProperty(toyArbitrary, toyArbitrary, settings, async (a, b, asked) => {
        const shown = await stepsOf({ toys: [a, b], ...asked })
        const plain = await stepsOf({ toys: [a, b], ...asked, stepCandidates: 0 })
        expect(plain.some((step) => 'candidates' in step)).toBe(false)
        expect(shown.map(({ candidates: _, ...step }) => step)).toEqual(plain)
      }),
      { numRuns: 40 },
    )
  }, 60_000)

  test('by token are tokens with their texts', async () => {
    await fc.assert(
      fc.asyncProperty(toyArbitrary, settings, async (toy, asked) => {
        const steps = await stepsOf({ toys: [toy, toy], ...asked, ensemble: { granularity: 'token' } })
        const { bytes, end } = toy.vocabulary
        for (const { candidates = [] } of steps) {
          for (const { symbol, text } of candidates) {
            if (symbol === 'end') expect(text).toBeNull()
            else expect(end.has(symbol)).toBe(false)
            if (symbol !== 'end' && text !== null) expect(encoder.encode(text)).toEqual(bytes[symbol])
          }
        }
      }),
      { numRuns: 40 },
    )
  }, 60_000)

  test('with cut lists the hidden mass of the step is the weighted mean of what each member hides', async () => {
    await fc.assert(
      fc.asyncProperty(toyArbitrary, toyArbitrary, settings, async (a, b, asked) => {
        const shares = weights.slice(0, 2).map((weight) => weight / (weights[0]! + weights[1]!))
        for (const { members, missing_mass } of await stepsOf({ toys: [a, b], ...asked, ensemble: { topK: 2 } })) {
          const mean = members.reduce((sum, { unlisted }, index) => sum + shares[index]! * unlisted, 0)
          expect(missing_mass).toBeCloseTo(mean, 12)
        }
      }),
      { numRuns: 40 },
    )
  }, 60_000)
})
