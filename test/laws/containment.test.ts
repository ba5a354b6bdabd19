import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { PoolKind } from '../../src/core/pool/pools.ts'
import { classify } from '../../src/ensemble/classify/classify.ts'
import { planClassify } from '../../src/ensemble/classify/plan-classify.ts'
import { planFollow } from '../../src/ensemble/follow-text.ts'
import { planPredict } from '../../src/ensemble/plan.ts'
import { predict } from '../../src/ensemble/predict.ts'
import { scoreTexts } from '../../src/ensemble/score.ts'
import { toyArbitrary } from '../core/lattice/toy.ts'
import { directoryOf, runOptions, ToyMember } from '../ensemble/toy-member.ts'

interface Interval {
  readonly value: number
  readonly low: number
  readonly high: number
}

const pools = ['linear', 'log_linear', 'vote', 'contrast'] as const

test('whatever is told with bounds lies within them, and is both of them where nothing is hidden', async () => {
  await fc.assert(
    fc.asyncProperty(
      toyArbitrary,
      toyArbitrary,
      fc.constantFrom(...pools),
      fc.constantFrom(2, 5, 1_000_000),
      async (one, other, kind, topK) => {
        const pool: PoolKind = kind === 'contrast' ? 'log_linear' : kind
        const weights = kind === 'contrast' ? [1.5, -0.5] : [0.6, 0.4]
        const members = [one, other].map((toy, index) => new ToyMember(`m${index}`, toy))
        const seats = members.map((member, index) => ({ member, weight: weights[index]! }))
        const directory = await directoryOf(members, { pool, seats, topK })
        const asked = { model: 'toys', diagnostics: 'none' } as const
        const prediction = await predict(
          planPredict(directory, { ...asked, prompt: 'a', top: 257, words: 0 }),
          runOptions(),
        )
        const follow = { ...planFollow(directory, { ...asked, prompt: 'a', text: 'ab a' }), param: 'texts[0]' }
        const [score] = await scoreTexts([follow], runOptions())
        const labels = ['a', 'ab', ' b'].map((label) => ({ label }))
        const classified = await classify(
          planClassify(directory, { ...asked, prompts: ['a'], contentFree: [], labels }),
          runOptions(),
        )
        const symbols = [...prediction.symbols, ...prediction.members.flatMap((member) => member.symbols)]
        const scores = [score!.fused, ...score!.members]
        const intervals: Interval[] = [
          ...[...symbols, ...classified.flatMap((found) => found.labels)].map(({ probability, low, high }) => ({
            value: probability,
            low,
            high,
          })),
          ...scores.map(({ logProb, low, high }) => ({ value: logProb, low, high })),
        ]
        for (const { value, low, high } of intervals) {
          expect(low).toBeLessThanOrEqual(value)
          expect(high).toBeGreaterThanOrEqual(value)
        }
        // Members that agree on nothing have a fused distribution that claims nothing.
        if (topK < 1_000_000 || intervals.some(({ low, high }) => low === 0 && high === 1)) return
        for (const { value, low, high } of intervals) expect([low, high]).toEqual([value, value])
      },
    ),
    { numRuns: 150 },
  )
})
