import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bayesWeights } from '../../src/core/learn/bayes-weights.ts'
import type { Diagnosis } from '../../src/ensemble/diagnosis.ts'
import type { Directory } from '../../src/ensemble/directory.ts'
import type { Adaptive, Ensemble } from '../../src/ensemble/ensemble.ts'
import { fusedScore, memberScores } from '../../src/ensemble/follow.ts'
import { followText, planFollow } from '../../src/ensemble/follow-text.ts'
import { generate } from '../../src/ensemble/generate.ts'
import { planCompletion, planPredict } from '../../src/ensemble/plan.ts'
import { predict } from '../../src/ensemble/predict.ts'
import type { Member } from '../../src/members/member.ts'
import { characters, type Toy, toyArbitrary } from '../core/lattice/toy.ts'
import { directoryOf, runOptions, ToyMember } from './toy-member.ts'

const bayes: Adaptive = { kind: 'bayes' }
const texts = fc.array(fc.constantFrom(...characters), { minLength: 1, maxLength: 6 }).map((all) => all.join(''))
const priors = fc.tuple(fc.constantFrom(0.01, 0.3, 0.5, 0.9), fc.constantFrom(0.05, 0.5, 1)).map(([one, part]) => {
  return [one, (1 - one) * part, (1 - one) * (1 - part)]
})
const toys = fc.tuple(toyArbitrary, toyArbitrary, toyArbitrary)

function membersOf(all: readonly Toy[]): ToyMember[] {
  return all.map((toy, index) => new ToyMember(`m${index}`, toy))
}

function directory(members: readonly Member[], weights: readonly number[], ensemble: Partial<Ensemble>) {
  const seats = members.map((member, index) => ({ member, weight: weights[index]! }))
  return directoryOf(members, { seats, tau: 5e-3, ...ensemble })
}

/** Natural logarithms of the text's fused probability, and of each member's. */
async function followed(all: Directory, text: string, prompt = 'ab a', model = 'toys') {
  let fused = 0
  const own = new Map<string, number>()
  const plan = planFollow(all, { model, prompt, text, diagnostics: 'summary' })
  const { diagnosis } = await followText(plan, runOptions(), (place) => {
    fused += fusedScore(place).logProb
    for (const { id, logProb } of memberScores(place)) own.set(id, (own.get(id) ?? 0) + logProb)
  })
  return { fused, own: [...own.values()], diagnosis: diagnosis as Diagnosis }
}

const effective = ({ members }: Diagnosis) => members.map(({ effective_weight }) => effective_weight)

function logSum(logs: readonly number[]): number {
  const most = Math.max(...logs)
  return most + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - most), 0))
}

describe('Bayesian weights', () => {
  test('a text has the probability of the mixture of whole texts, so its loss exceeds no member’s by more than ln 1/w', async () => {
    await fc.assert(
      fc.asyncProperty(toys, priors, texts, async (three, prior, text) => {
        const { fused, own } = await followed(await directory(membersOf(three), prior, { adaptive: bayes }), text)
        expect(fused).toBeCloseTo(logSum(own.map((logProb, m) => Math.log(prior[m]!) + logProb)), 8)
        own.forEach((logProb, m) => {
          expect(-fused).toBeLessThanOrEqual(-logProb + Math.log(1 / prior[m]!) + 1e-9)
        })
      }),
      { numRuns: 60 },
    )
  })

  test('and so at token granularity', async () => {
    await fc.assert(
      fc.asyncProperty(toyArbitrary, texts, async (toy, text) => {
        const other = { ...toy, probabilities: (context: readonly number[]) => toy.probabilities([...context, 1]) }
        const members = [toy, other].map((one, m) => new ToyMember(`m${m}`, one, { fingerprint: 'one' }))
        const all = await directory(members, [0.2, 0.8], { adaptive: bayes, granularity: 'token' })
        const { fused, own } = await followed(all, text)
        expect(fused).toBeCloseTo(logSum([Math.log(0.2) + own[0]!, Math.log(0.8) + own[1]!]), 8)
      }),
      { numRuns: 60 },
    )
  })

  test('all weight on one member stays there, and the text is that member’s', async () => {
    await fc.assert(
      fc.asyncProperty(toys, texts, async (three, text) => {
        const all = await directory(membersOf(three), [0, 1, 0], { adaptive: bayes })
        const { fused, diagnosis } = await followed(all, text)
        expect(fused).toBeCloseTo((await followed(all, text, 'ab a', 'toys/m1')).fused, 12)
        expect(effective(diagnosis)).toEqual([0, 1, 0])
      }),
      { numRuns: 20 },
    )
  })

  test('the diagnosis of a completion has the weights as its output has made them', async () => {
    await fc.assert(
      fc.asyncProperty(toys, priors, fc.nat(), async (three, prior, seed) => {
        const all = await directory(membersOf(three), prior, { adaptive: bayes })
        const request = { model: 'toys', prompt: 'ab a', maxTokens: 4, temperature: 1, stop: [] }
        let text = ''
        for await (const event of generate(
          planCompletion(all, { ...request, diagnostics: 'summary' }, seed),
          runOptions(),
        )) {
          if (event.kind === 'segment') text += event.text
          else if (text !== '' && event.diagnosis !== null) {
            const { own } = await followed(all, text)
            const posterior = bayesWeights(prior, own)
            effective(event.diagnosis).forEach((weight, m) => {
              expect(weight).toBeCloseTo(posterior[m]!, 9)
            })
          }
        }
      }),
      { numRuns: 40 },
    )
  })

  test('likely words have the probability of the mixture, whichever bytes they share with others', async () => {
    await fc.assert(
      fc.asyncProperty(toyArbitrary, toyArbitrary, async (one, other) => {
        const all = await directory(membersOf([one, other]), [0.3, 0.7], { adaptive: bayes })
        const plan = planPredict(all, { model: 'toys', prompt: 'ab a', top: 5, words: 3, diagnostics: 'none' })
        for (const { probability, members } of (await predict(plan, runOptions())).words) {
          expect(probability).toBeCloseTo(0.3 * members[0]!.probability + 0.7 * members[1]!.probability, 9)
        }
      }),
      { numRuns: 30 },
    )
  })

  test('when a member is lost the others keep the proportions that the text has given them', async () => {
    const [one, other, third] = fc.sample(toyArbitrary, { numRuns: 3, seed: 5 }) as [Toy, Toy, Toy]
    const failing = new ToyMember('m2', third, { failFrom: 9 })
    const members = [...membersOf([one, other]), failing]
    const all = await directory(members, [0.4, 0.4, 0.2], { adaptive: bayes })
    const { diagnosis } = await followed(all, 'ab ba ab')
    expect(diagnosis.members[2]).toMatchObject({ status: 'error', effective_weight: 0 })
    // The last symbol was weighed by what came before it.
    const { own } = await followed(await directory(membersOf([one, other]), [0.5, 0.5], {}), 'ab ba a')
    const expected = bayesWeights([0.5, 0.5], own)
    expect(effective(diagnosis)[0]).toBeCloseTo(expected[0]!, 9)
    expect(effective(diagnosis)[1]).toBeCloseTo(expected[1]!, 9)
  })
})

describe('weights by the prompt', () => {
  test('are the configured ones by exp(−bits per byte/τ), the same for every symbol', async () => {
    await fc.assert(
      fc.asyncProperty(
        toys,
        priors,
        fc.constantFrom(0.05, 0.5, 5),
        texts,
        async (three, prior, temperature, prompt) => {
          const members = membersOf(three)
          const all = await directory(members, prior, { adaptive: { kind: 'prompt_fit', temperature } })
          const plain = await directory(members, prior, {})
          const { own } = await followed(plain, prompt, '')
          const bits = own.map((logProb) => -logProb / Math.LN2 / Buffer.byteLength(prompt))
          const least = Math.min(...bits)
          const shares = bits.map((one, m) => prior[m]! * Math.exp((least - one) / temperature))
          const sum = shares.reduce((total, share) => total + share, 0)
          const { diagnosis, fused } = await followed(all, 'ab', prompt)
          const fixed = await directory(
            members,
            shares.map((share) => share / sum),
            {},
          )
          effective(diagnosis).forEach((weight, m) => {
            expect(weight).toBeCloseTo(shares[m]! / sum, 9)
          })
          expect(fused).toBeCloseTo((await followed(fixed, 'ab', prompt)).fused, 9)
          expect(diagnosis.members.map(({ weight }) => weight)).toEqual(prior)
        },
      ),
      { numRuns: 40 },
    )
  })

  test('all weight on one member stays there, and without a prompt the weights are the configured ones', async () => {
    await fc.assert(
      fc.asyncProperty(toys, async (three) => {
        const adaptive: Adaptive = { kind: 'prompt_fit', temperature: 0.1 }
        const hot = await directory(membersOf(three), [0, 0, 1], { adaptive })
        expect(effective((await followed(hot, 'ab')).diagnosis)).toEqual([0, 0, 1])
        const mixed = await directory(membersOf(three), [0.5, 0.3, 0.2], { adaptive })
        const { diagnosis } = await followed(mixed, 'ab', '')
        effective(diagnosis).forEach((weight, m) => {
          expect(weight).toBeCloseTo([0.5, 0.3, 0.2][m]!, 12)
        })
      }),
      { numRuns: 20 },
    )
  })
})
