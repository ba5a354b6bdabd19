import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { uniform } from '../../../src/core/decode/noise.ts'
import type { Adaptive, Ensemble } from '../../../src/ensemble/ensemble.ts'
import { generate } from '../../../src/ensemble/generate.ts'
import type { GenerationEvent } from '../../../src/ensemble/generation-event.ts'
import { planCompletion } from '../../../src/ensemble/plan.ts'
import { type Toy, toyArbitrary } from '../../core/lattice/toy.ts'
import { directoryOf, runOptions, ToyMember } from '../toy-member.ts'
import { decided } from './decided.ts'
import { LatticeMember } from './lattice-member.ts'
import { ScoringMember } from './scoring-member.ts'

type Make = (id: string, toy: Toy, options: { delay: () => number; fingerprint: string | null }) => ToyMember

const streamed: Make = (id, toy, options) => new ToyMember(id, toy, options)
const scoring: Make = (id, toy, options) => new ScoringMember(id, toy, options)
const served: Make = (id, toy, options) => new LatticeMember(id, toy, options)

interface Way {
  readonly toys: readonly Toy[]
  readonly make: Make
  readonly delays: number
  readonly seed: number
  readonly temperature: number
  readonly ensemble: Partial<Ensemble>
}

async function events({ toys, make, delays, seed, temperature, ensemble }: Way): Promise<GenerationEvent[]> {
  let turn = 0
  const delay = () => (delays === 0 ? 0 : Math.floor(3 * uniform(delays, 0, turn++)))
  const members = toys.map((toy, index) =>
    make(`m${index}`, toy, { delay, fingerprint: ensemble.granularity === 'token' ? 'one' : null }),
  )
  const directory = await directoryOf(members, { tau: 5e-3, ...ensemble })
  const request = {
    model: 'toys',
    prompt: 'ab a',
    maxTokens: 6,
    temperature,
    stop: [],
    diagnostics: 'steps' as const,
  }
  const all: GenerationEvent[] = []
  for await (const event of generate(planCompletion(directory, request, seed), runOptions())) all.push(event)
  return all
}

const settings = fc.record({
  delays: fc.integer({ min: 0, max: 1000 }),
  seed: fc.integer({ min: 0, max: 2 ** 32 }),
  temperature: fc.constantFrom(0, 0.7, 1),
  topK: fc.constantFrom(3, 1000),
  pool: fc.constantFrom('linear' as const, 'log_linear' as const, 'vote' as const),
  adaptive: fc.constantFrom<Adaptive>({ kind: 'none' }, { kind: 'bayes' }),
})

describe.each([
  ['streams of the members', streamed],
  ['lattices that the servers run', served],
] as const)('run-ahead decoding over %s', (_, make) => {
  test('by byte decides what stepwise decoding decides, whatever the delays', async () => {
    await fc.assert(
      fc.asyncProperty(toyArbitrary, toyArbitrary, settings, async (one, other, { topK, pool, adaptive, ...rest }) => {
        const way = { toys: [one, other], make, ...rest }
        const stepwise = await events({ ...way, delays: 0, ensemble: { topK, pool, adaptive, decoding: 'stepwise' } })
        const ahead = await events({ ...way, ensemble: { topK, pool, adaptive, decoding: 'run_ahead' } })
        expect(decided(ahead)).toEqual(decided(stepwise))
      }),
      { numRuns: 200 },
    )
  }, 180_000)

  test('by byte with longer lists for uncertain choices too', async () => {
    await fc.assert(
      fc.asyncProperty(toyArbitrary, toyArbitrary, settings, async (one, other, { topK: _topK, ...rest }) => {
        const way = { toys: [one, other], make, ...rest }
        const ensemble = { topK: 2, pool: rest.pool, adaptive: rest.adaptive, uncertified: 'longer_lists' as const }
        const stepwise = await events({ ...way, delays: 0, ensemble: { ...ensemble, decoding: 'stepwise' } })
        const ahead = await events({ ...way, ensemble: { ...ensemble, decoding: 'run_ahead' } })
        expect(decided(ahead)).toEqual(decided(stepwise))
      }),
      { numRuns: 200 },
    )
  }, 180_000)
})

test.each([
  ['greedy or noisy streams', streamed],
  ['streams and scores of drafts', scoring],
] as const)(
  'run-ahead decoding by token over %s decides what stepwise decoding decides, whatever the delays',
  async (_, make) => {
    await fc.assert(
      fc.asyncProperty(toyArbitrary, settings, async (toy, { topK, pool, adaptive, ...rest }) => {
        const toys = [
          toy,
          { ...toy, probabilities: (context: readonly number[]) => toy.probabilities([...context, 1]) },
        ]
        const way = { toys, make, ...rest }
        const ensemble = { topK, pool, adaptive, granularity: 'token' as const }
        const stepwise = await events({ ...way, delays: 0, ensemble: { ...ensemble, decoding: 'stepwise' } })
        const ahead = await events({ ...way, ensemble: { ...ensemble, decoding: 'run_ahead' } })
        expect(decided(ahead)).toEqual(decided(stepwise))
      }),
      { numRuns: 200 },
    )
  },
  180_000,
)

test('run-ahead decoding with weights by the prompt decides what stepwise decoding decides', async () => {
  await fc.assert(
    fc.asyncProperty(toyArbitrary, toyArbitrary, settings, async (one, other, { topK, pool, ...rest }) => {
      const way = { toys: [one, other], make: streamed, ...rest }
      const ensemble = { topK, pool, adaptive: { kind: 'prompt_fit', temperature: 0.2 } as const }
      const stepwise = await events({ ...way, delays: 0, ensemble: { ...ensemble, decoding: 'stepwise' } })
      const ahead = await events({ ...way, ensemble: { ...ensemble, decoding: 'run_ahead' } })
      expect(decided(ahead)).toEqual(decided(stepwise))
    }),
    { numRuns: 30 },
  )
}, 180_000)
