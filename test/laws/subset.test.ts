import fc from 'fast-check'
import { expect, test } from 'vitest'
import { generate } from '../../src/ensemble/generate.ts'
import { planCompletion } from '../../src/ensemble/plan.ts'
import type { Member } from '../../src/members/member.ts'
import { type Resilience, resilient } from '../../src/members/resilient/resilient-member.ts'
import { directoryOf, runOptions, ToyMember } from '../ensemble/toy-member.ts'
import { randomToy } from './random-toy.ts'

const options: Resilience = {
  limits: { firstTokenMs: 1_000, betweenTokensMs: 1_000, totalMs: null },
  retries: { most: 1, firstMs: 1, longestMs: 1, budget: 1 },
  hedge: { quantile: 0.5, leastMs: 0, afterCalls: 3 },
  breaker: { failures: 2, openMs: 5 },
  gate: { most: 4, waiting: 1_000 },
}
const surroundings = { clock: () => performance.now(), random: () => 0 }

interface Drawn {
  readonly toy: number
  readonly weight: number
  /** Whether it fails whenever it is called; if not, one replica of it may. */
  readonly fails: boolean
  readonly spoiled: boolean
}

/** The member over two replicas, of which none, the first or both fail. */
function memberOf({ toy: number, fails, spoiled }: Drawn, index: number): Member {
  const toy = randomToy(number)
  const replica = (broken: boolean) => new ToyMember(`m${index}`, toy, broken ? { failFrom: 1 } : {})
  return resilient([replica(fails || spoiled), replica(fails)], options, surroundings)
}

async function textOf(members: readonly Member[], weights: readonly number[], lead: number, seed: number) {
  const seats = members.map((member, i) => ({ member, weight: weights[i]! }))
  // Without pruning a step may need more contexts than the gate lets wait.
  const directory = await directoryOf(members, { seats, lead, tau: 5e-3 })
  const request = {
    model: 'toys',
    prompt: 'a',
    maxTokens: 8,
    temperature: 1,
    stop: [],
    diagnostics: 'summary',
  } as const
  let text = ''
  let finish = null
  for await (const event of generate(planCompletion(directory, request, seed), runOptions())) {
    if ('text' in event) text += event.text
    if (event.kind === 'finish') finish = event
  }
  return { text, diagnosis: finish!.diagnosis!, reason: finish!.reason }
}

test('with a fault-free subset present, the answer is that of the ensemble of the subset with renormalised weights', async () => {
  const drawn = fc.record({
    toy: fc.nat(100_000),
    weight: fc.double({ min: 0.05, max: 1, noNaN: true }),
    fails: fc.boolean(),
    spoiled: fc.boolean(),
  })
  const all = fc.array(drawn, { minLength: 2, maxLength: 4 }).filter((members) => members.some(({ fails }) => !fails))
  await fc.assert(
    fc.asyncProperty(all, fc.nat(1_000_000), async (members, seed) => {
      const total = members.reduce((sum, { weight }) => sum + weight, 0)
      const sound = members.filter(({ fails }) => !fails)
      const left = sound.reduce((sum, { weight }) => sum + weight, 0)
      const lead = members.indexOf(sound[0]!)
      const found = await textOf(
        members.map(memberOf),
        members.map(({ weight }) => weight / total),
        lead,
        seed,
      )
      const expected = await textOf(
        sound.map((one) => new ToyMember(`m${members.indexOf(one)}`, randomToy(one.toy))),
        sound.map(({ weight }) => weight / left),
        0,
        seed,
      )
      expect([found.text, found.reason]).toEqual([expected.text, expected.reason])
      expect(found.diagnosis.degraded).toBe(sound.length < members.length)
      const weights = found.diagnosis.members.map(({ effective_weight }) => effective_weight)
      for (const [i, { fails, weight }] of members.entries()) {
        expect(weights[i]).toBeCloseTo(fails ? 0 : weight / left, 9)
      }
    }),
    { numRuns: 25 },
  )
})
