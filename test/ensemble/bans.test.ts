import { describe, expect, test } from 'vitest'
import type { PoolKind } from '../../src/core/pool/pools.ts'
import { generate } from '../../src/ensemble/generate.ts'
import { planCompletion } from '../../src/ensemble/plan.ts'
import { defineToy } from '../core/lattice/toy.ts'
import { directoryOf, runOptions, ToyMember } from './toy-member.ts'

const bytes = ['', 'a', 'b', 'c', 'd'].map((text) => new TextEncoder().encode(text))
const toy = defineToy(bytes, { ends: 1, controls: 0, seed: 1, sharpness: 1 })

interface Asked {
  readonly bias?: readonly (readonly [number, number])[]
  readonly frequency?: number
  readonly temperature?: number
  readonly weights?: readonly number[]
}

/** The tokens that members of the given distributions decide together. */
async function decided(
  distributions: readonly (readonly number[])[],
  pool: PoolKind,
  { bias = [], frequency = 0, temperature = 0, weights = [0.6, 0.4] }: Asked,
) {
  const members = distributions.map(
    (own, index) => new ToyMember(`m${index}`, { ...toy, probabilities: () => [...own] }, { fingerprint: 'x' }),
  )
  const seats = members.map((member, index) => ({ member, weight: weights[index] as number }))
  const directory = await directoryOf(members, { granularity: 'token', pool, seats })
  const penalties = { frequency, presence: 0, bias: new Map(bias) }
  const ask = {
    model: 'toys',
    prompt: 'a',
    maxTokens: 3,
    temperature,
    stop: [],
    diagnostics: 'steps' as const,
    penalties,
  }
  const steps = []
  for await (const event of generate(planCompletion(directory, ask, 1), runOptions())) {
    if (event.kind === 'segment') steps.push(...event.steps)
  }
  return steps
}

const symbols = async (...args: Parameters<typeof decided>) => (await decided(...args)).map(({ symbol }) => symbol)
const nothingLeft = expect.objectContaining({ code: 'invalid_request', param: 'logit_bias' })

describe('a ban', () => {
  test.each([0, 1])('that leaves nothing possible fails the request, at temperature %d', async (temperature) => {
    const own = [0.1, 0.2, 0.5, 0.1, 0.1]
    const all = [0, 1, 2, 3, 4].map((id) => [id, -100] as const)
    for (const pool of ['linear', 'log_linear', 'vote'] as const) {
      await expect(decided([own, own], pool, { bias: all, temperature })).rejects.toEqual(nothingLeft)
      expect(await symbols([own, own], pool, { bias: all.slice(0, 4), temperature })).toEqual([4, 4, 4])
    }
    // All but one are implausible to the expert.
    const sure = [0, 0.02, 0.95, 0.02, 0.01]
    const contrasted = { bias: [[2, -100]], temperature, weights: [1.5, -0.5] } as const
    await expect(decided([sure, sure], 'log_linear', contrasted)).rejects.toEqual(nothingLeft)
  })

  test('of the ensemble’s favourite leaves the choice to what each member holds for likeliest beside it', async () => {
    const [one, other] = [
      [0, 0.1, 0.5, 0.3, 0.1],
      [0, 0.2, 0.6, 0.1, 0.1],
    ]
    for (const temperature of [0, 1]) {
      const steps = await decided([one, other], 'vote', { bias: [[2, -100]], temperature, weights: [0.9, 0.1] })
      for (const { symbol, surprisal } of steps) {
        expect([1, 3]).toContain(symbol)
        // It had no vote before the ban.
        expect(surprisal).toBeNull()
      }
    }
    expect(await symbols([one, other], 'vote', { bias: [[2, -100]] })).toEqual([3, 3, 3])
  })
})

test('a penalty moves votes', async () => {
  const own = [0, 0.2, 0.5, 0.3, 0]
  expect(await symbols([own, own], 'vote', { frequency: 1 })).toEqual([2, 3, 1])
  expect(await symbols([own, own], 'vote', { bias: [[1, 1]] })).toEqual([1, 1, 1])
})

test('a member without whom a ban would leave nothing is pivotal', async () => {
  const sure = [0, 0.02, 0.95, 0.02, 0.01]
  const open = [0, 0.9, 0.05, 0.03, 0.02]
  const asked = { bias: [[2, -100]], weights: [0.75, 0.75, -0.5] } as const
  const [step] = await decided([sure, open, [0.2, 0.2, 0.2, 0.2, 0.2]], 'log_linear', asked)
  expect(step?.symbol).toBe(1)
  expect(step?.members.map(({ pivotal }) => pivotal)).toEqual([false, true, false])
})
