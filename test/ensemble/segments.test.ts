import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Ensemble } from '../../src/ensemble/ensemble.ts'
import { generate } from '../../src/ensemble/generate.ts'
import type { FinishEvent, SegmentEvent } from '../../src/ensemble/generation-event.ts'
import { planCompletion } from '../../src/ensemble/plan.ts'
import type { Member } from '../../src/members/member.ts'
import { defineToy, type Toy, toyArbitrary } from '../core/lattice/toy.ts'
import { LatticeMember } from './lockstep/lattice-member.ts'
import { directoryOf, runOptions, ToyMember } from './toy-member.ts'

interface Output {
  readonly segments: readonly SegmentEvent[]
  readonly finish: FinishEvent
}

/** The first member leads, and the last has nearly all of the weight. */
async function complete(
  members: readonly Member[],
  maxTokens: number,
  decoding: Ensemble['decoding'],
): Promise<Output> {
  const seats = members.map((member, index) => ({ member, weight: index === 0 ? 0.05 : 0.95 }))
  const directory = await directoryOf(members, { tau: 5e-3, seats, decoding })
  const request = { model: 'toys', prompt: 'b', maxTokens, stop: [], diagnostics: 'steps' as const }
  const segments: SegmentEvent[] = []
  for await (const event of generate(planCompletion(directory, request, 1), runOptions())) {
    if (event.kind === 'finish') return { segments, finish: event }
    segments.push(event)
  }
  throw new Error('no finish')
}

const bytes = ['', 'a', 'b', 'ab'].map((text) => new TextEncoder().encode(text))

/** A toy that says the same everywhere. */
function constant(probabilities: number[]): Toy {
  return { ...defineToy(bytes, { ends: 1, controls: 0, seed: 1, sharpness: 1 }), probabilities: () => probabilities }
}

const lead = constant([0.01, 0.18, 0.01, 0.8])
const other = constant([0.01, 0.97, 0.01, 0.01])

test.each([
  ['stepwise', ToyMember],
  ['run_ahead', ToyMember],
  ['run_ahead', LatticeMember],
] as const)(
  'a lead member that always expects a longer token than comes ends segments nevertheless (%s, %o)',
  async (decoding, Kind) => {
    const { segments, finish } = await complete([new Kind('m0', lead), new Kind('m1', other)], 4, decoding)
    // "ab" is likelier than "a" at every place, and comes at none: each "a" is known for a token when another has come, which the
    // last segment then has, too.
    expect(segments.map(({ text }) => text)).toEqual(['a', 'a', 'a', 'aa'])
    expect(segments.map(({ steps }) => steps.length)).toEqual([1, 1, 1, 2])
    expect(finish).toMatchObject({ reason: 'length', usage: { completionTokens: 4 }, decided: { segments: 4 } })
  },
)

test('no segment is longer than the longest token of the lead member, and the rest of a character', async () => {
  await fc.assert(
    fc.asyncProperty(toyArbitrary, toyArbitrary, async (one, two) => {
      const { segments, finish } = await complete([new ToyMember('m0', one), new ToyMember('m1', two)], 8, 'stepwise')
      const { longest } = one.vocabulary
      // So what runs is bounded by what was asked for.
      expect(finish.diagnosis!.steps).toBeLessThanOrEqual(8 * (longest + 2) + longest + 1)
      segments.forEach(({ text }, index) => {
        // The last of eight also has what was decided when its border showed.
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual((index === 7 ? 2 : 1) * longest + 2)
      })
    }),
    { numRuns: 60 },
  )
})
