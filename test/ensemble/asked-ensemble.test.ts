import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { choosesAnswers, planText } from '../../src/ensemble/answer/plan-text.ts'
import type { Ensemble } from '../../src/ensemble/ensemble.ts'
import { generate } from '../../src/ensemble/generate.ts'
import type { GenerationEvent } from '../../src/ensemble/generation-event.ts'
import { type CompletionRequest, planCompletion } from '../../src/ensemble/plan.ts'
import type { TuttiError } from '../../src/errors.ts'
import { defineToy, type Toy, toyArbitrary } from '../core/lattice/toy.ts'
import { decided } from './lockstep/decided.ts'
import { directoryOf, runOptions, ToyMember } from './toy-member.ts'

const perRequest = ['weights', 'pool'] as const

interface Way {
  readonly toys: readonly Toy[]
  readonly configured: readonly number[]
  readonly ensemble?: Partial<Ensemble>
  readonly asked?: Partial<CompletionRequest>
  readonly seed: number
}

async function run({ toys, configured, ensemble = {}, asked = {}, seed }: Way) {
  const members = toys.map((toy, index) => new ToyMember(`m${index}`, toy))
  const total = configured.reduce((sum, weight) => sum + weight, 0)
  const seats = members.map((member, index) => ({ member, weight: configured[index]! / total }))
  const directory = await directoryOf(members, { seats, tau: 5e-3, perRequest, ...ensemble })
  const request = {
    model: 'toys',
    prompt: 'ab a',
    maxTokens: 6,
    temperature: 1,
    stop: [],
    diagnostics: 'steps' as const,
  }
  const events: GenerationEvent[] = []
  for await (const event of generate(planCompletion(directory, { ...request, ...asked }, seed), runOptions())) {
    events.push(event)
  }
  return { events, members }
}

function textOf(events: readonly GenerationEvent[]): string {
  return events.map((event) => (event.kind === 'segment' ? event.text : '')).join('')
}

function weightsOf(weights: readonly number[]): ReadonlyMap<string, number> {
  return new Map(weights.map((weight, index) => [`m${index}`, weight]))
}

const settings = fc.record({
  seed: fc.integer({ min: 0, max: 2 ** 32 }),
  pool: fc.constantFrom('linear' as const, 'log_linear' as const, 'vote' as const),
  decoding: fc.constantFrom('stepwise' as const, 'run_ahead' as const),
  configured: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 3, maxLength: 3 }),
  weights: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 3, maxLength: 3 }),
})

describe('weights and pool of a request', () => {
  test('decide what an ensemble decides that is configured with them, symbol by symbol', async () => {
    await fc.assert(
      fc.asyncProperty(toyArbitrary, toyArbitrary, toyArbitrary, settings, async (a, b, c, one) => {
        const { seed, pool, decoding, configured, weights } = one
        const way = { toys: [a, b, c], seed }
        const asked = { weights: weightsOf(weights), pool }
        const set = await run({ ...way, configured, ensemble: { decoding }, asked })
        const truth = await run({ ...way, configured: weights, ensemble: { decoding, pool } })
        expect(decided(set.events)).toEqual(decided(truth.events))
      }),
      { numRuns: 60 },
    )
  }, 60_000)

  test('a member of weight 0, or not named, is never called, and the text is the one it has no say in', async () => {
    await fc.assert(
      fc.asyncProperty(
        toyArbitrary,
        toyArbitrary,
        toyArbitrary,
        settings,
        fc.boolean(),
        async (a, b, c, one, named) => {
          const { seed, pool, configured, weights } = one
          const [first, , third] = weights
          const way = { toys: [a, b, c], seed, ensemble: { pool } }
          const given = new Map([['m0', first!], ['m2', third!], ...(named ? ([['m1', 0]] as const) : [])])
          const { events, members } = await run({ ...way, configured, asked: { weights: given } })
          expect(members[1]!.calls).toBe(0)
          const finish = events.at(-1)!
          if (finish.kind !== 'finish') throw new Error('the last event is the finish')
          expect(finish.diagnosis).toMatchObject({ degraded: false, members: [{ id: 'm0' }, { id: 'm2' }] })
          const truth = await run({ ...way, configured: [first!, 0, third!] })
          expect(textOf(events)).toBe(textOf(truth.events))
        },
      ),
      { numRuns: 60 },
    )
  }, 60_000)
})

const bytes = ['', 'a', 'b', ' ', 'ab', 'ba', ' a'].map((text) => new TextEncoder().encode(text))
const toys = [1, 2, 3].map((seed) => defineToy(bytes, { ends: 1, controls: 0, seed, sharpness: 2 }))
const members = toys.map((toy, index) => new ToyMember(`m${index}`, toy))

async function planned(asked: Partial<CompletionRequest>, ensemble: Partial<Ensemble> = {}) {
  const directory = await directoryOf(members, { perRequest, ...ensemble })
  const request = { model: 'toys', prompt: 'ab', maxTokens: 3, stop: [], diagnostics: 'summary' as const }
  return planCompletion(directory, { ...request, ...asked }, 1).ensemble
}

async function refusal(asked: Partial<CompletionRequest>, ensemble: Partial<Ensemble> = {}): Promise<TuttiError> {
  return planned(asked, ensemble).then(
    () => {
      throw new Error('it was taken')
    },
    (error: TuttiError) => error,
  )
}

describe('an ensemble that a request asks for otherwise', () => {
  test('keeps its lead, and without it is led by the heaviest that is left', async () => {
    const leadOf = async (weights: readonly number[]) => {
      const { seats, lead } = await planned({ weights: weightsOf(weights) }, { lead: 1 })
      return seats[lead]!.member.id
    }
    expect(await leadOf([8, 1, 1])).toBe('m1')
    expect(await leadOf([0, 1, 9])).toBe('m1')
    expect(await leadOf([1, 0, 9])).toBe('m2')
    expect(await leadOf([5, 0, 5])).toBe('m0')
  })

  test('has weights that sum to 1, and no higher quorum than members', async () => {
    const { seats, quorum } = await planned({ weights: weightsOf([30, 0, 10]) }, { quorum: 3 })
    expect(seats.map(({ weight }) => weight)).toEqual([0.75, 0.25])
    expect(quorum).toBe(2)
  })

  test.each([
    [{ weights: weightsOf([0, 0, 0]) }, 'invalid_request', 'ensemble.weights', 'a sum above 0'],
    [{ weights: new Map<string, number>() }, 'invalid_request', 'ensemble.weights', 'a sum above 0'],
    [{ weights: new Map([['m7', 1]]) }, 'invalid_request', 'ensemble.weights.m7', 'it has m0, m1, m2'],
  ])('%j is refused by name', async (asked, code, param, reason) => {
    const error = await refusal(asked)
    expect(error).toMatchObject({ code, param, status: 400 })
    expect(error.message).toContain(reason)
  })

  test.each([
    [{ weights: weightsOf([1, 1, 1]) }, 'weights', ['pool'] as const],
    [{ pool: 'vote' as const }, 'pool', ['weights'] as const],
  ])(
    '%j is refused where the configuration does not allow it, with the field that would',
    async (asked, what, allowed) => {
      const error = await refusal(asked, { perRequest: allowed })
      expect(error).toMatchObject({ code: 'unsupported_parameter', param: `ensemble.${what}`, status: 400 })
      expect(error.message).toContain(`per_request: [${what}]`)
    },
  )

  test('weighs authors of whole answers the same way', async () => {
    const directory = await directoryOf(members, { perRequest })
    const asked = { model: 'toys', prompt: 'ab', maxTokens: 3, stop: [], diagnostics: 'summary' as const }
    const plan = planText(directory, { ...asked, strategy: { kind: 'majority' }, weights: weightsOf([1, 0, 3]) }, 1)
    if (!choosesAnswers(plan)) throw new Error('answers were to be chosen')
    const authors = plan.authors.map(({ planned }) => [planned.seat.member.id, planned.seat.weight])
    expect(authors).toEqual([
      ['m0', 0.25],
      ['m2', 0.75],
    ])
  })

  test('takes no pool that its weights below 0 mean nothing in, unless the request gives others', async () => {
    const seats = members.map((member, index) => ({ member, weight: [1, 0.5, -0.5][index]! }))
    const contrasting = { seats, pool: 'log_linear' as const }
    expect(await refusal({ pool: 'linear' }, contrasting)).toMatchObject({ param: 'ensemble.pool', status: 400 })
    expect((await planned({ pool: 'linear', weights: weightsOf([1, 1, 1]) }, contrasting)).pool).toBe('linear')
  })
})
