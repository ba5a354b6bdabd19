import { expect, test } from 'vitest'
import { planFollow } from '../../src/ensemble/follow-text.ts'
import { scoreTexts } from '../../src/ensemble/score.ts'
import type { Member } from '../../src/members/member.ts'
import { defineToy, massOfPrefix } from '../core/lattice/toy.ts'
import { directoryOf, runOptions, ToyMember } from './toy-member.ts'

const pieces = ['', 'a', 'b', 'ab', '.', 'b.'].map((text) => new TextEncoder().encode(text))
const toys = [3, 4].map((seed) => defineToy(pieces, { ends: 1, controls: 0, seed, sharpness: 3 }))

async function scored(members: readonly Member[], texts: readonly string[], segments = false) {
  const directory = await directoryOf(members)
  const plans = texts.map((text, index) => {
    const asked = { model: 'toys', prompt: '', text, cut: segments, diagnostics: 'summary' } as const
    return { ...planFollow(directory, asked), param: `texts[${index}]` }
  })
  return scoreTexts(plans, runOptions())
}

test('a member alone gives a text the probability of all its tokenizations, whatever stands beside it in the batch', async () => {
  const texts = ['ab', 'abba.', 'b.', 'aabab', 'bb', '.a']
  for (const [index, toy] of toys.entries()) {
    const found = await scored([new ToyMember(`m${index}`, toy)], texts)
    for (const [at, { fused, members }] of found.entries()) {
      expect(Math.exp(fused.logProb) / massOfPrefix(toy, [0], new TextEncoder().encode(texts[at]!))).toBeCloseTo(1, 9)
      expect(members[0]!.logProb).toBe(fused.logProb)
      expect(fused.low).toBeCloseTo(fused.logProb, 9)
    }
  }
})

test('segments add up to the text, for the ensemble and each member', async () => {
  const members = toys.map((toy, index) => new ToyMember(`m${index}`, toy))
  const [found] = await scored(members, ['abab.b'], true)
  const { fused, members: own, segments } = found!
  expect(segments!.map(({ bytes }) => new TextDecoder().decode(bytes))).toEqual(['ab', 'ab', '.', 'b'])
  expect(segments!.reduce((sum, { logProb }) => sum + logProb, 0)).toBeCloseTo(fused.logProb, 12)
  for (const { id, logProb } of own) {
    const parts = segments!.map((segment) => segment.members.find((member) => member.id === id)!.logProb)
    expect(parts.reduce((sum, part) => sum + part, 0)).toBeCloseTo(logProb, 12)
  }
})

test('a member that is lost on the way has no score, and the answer says that it is missing', async () => {
  const members = [new ToyMember('m0', toys[0]!), new ToyMember('lost', toys[1]!, { failFrom: 4 })]
  const [found] = await scored(members, ['abab.ba'])
  expect(found!.members.map(({ id }) => id)).toEqual(['m0'])
  expect(found).toMatchObject({
    degraded: true,
    diagnosis: { members: [{ effective_weight: 1 }, { status: 'error' }] },
  })
})

test('a text that is at fault is named', async () => {
  const small = new ToyMember('small', toys[0]!, { contextLength: 8 })
  await expect(scored([small], ['ab', 'a'.repeat(30)])).rejects.toMatchObject({
    code: 'context_length_exceeded',
    param: 'texts[1]',
    member: 'small',
  })
})
