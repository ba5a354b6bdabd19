import { expect, test } from 'vitest'
import { uniform } from '../../../src/core/decode/noise.ts'
import type { Diagnosis } from '../../../src/ensemble/diagnosis.ts'
import { generate } from '../../../src/ensemble/generate.ts'
import { Drafts } from '../../../src/ensemble/lockstep/drafts.ts'
import { planCompletion } from '../../../src/ensemble/plan.ts'
import { defineToy, type Toy } from '../../core/lattice/toy.ts'
import { directoryOf, runOptions, ToyMember } from '../toy-member.ts'
import { ScoringMember } from './scoring-member.ts'

const bytes = ['', 'a', 'b', 'c', 'd', 'e', 'f', 'g'].map((text) => new TextEncoder().encode(text))
const trunk = defineToy(bytes, { ends: 1, controls: 0, seed: 5, sharpness: 6 })

/** A model that mostly says what the trunk says, and at every so many a place something else. */
function deviating(seed: number, share: number): Toy {
  return {
    ...trunk,
    probabilities(context) {
      const own = [...trunk.probabilities(context)]
      own[0] = 1e-6
      const turn = 1 + Math.floor(7 * uniform(seed, context.length, 1))
      if (uniform(seed, context.length, 0) < share) own[turn] = own[turn]! + 1.1
      const sum = own.reduce((a, b) => a + b, 0)
      return own.map((p) => p / sum)
    },
  }
}

async function write(slow: ToyMember, fast: ToyMember): Promise<{ text: string; diagnosis: Diagnosis }> {
  const seats = [
    { member: slow, weight: 0.1 },
    { member: fast, weight: 0.9 },
  ]
  const directory = await directoryOf([slow, fast], { granularity: 'token', seats })
  const request = { model: 'toys', prompt: 'ab', maxTokens: 60, stop: [], diagnostics: 'summary' as const }
  let text = ''
  for await (const event of generate(planCompletion(directory, request, 1), runOptions())) {
    if (event.kind === 'finish') return { text, diagnosis: event.diagnosis! }
    text += event.text
  }
  throw new Error('no finish')
}

test('a slow member that falls often scores what the fast one has drafted: the same text in fewer calls that are waited for', async () => {
  const make = (Slow: typeof ToyMember) => {
    const slow = new Slow('slow', deviating(3, 0.4), { delay: () => 4, fingerprint: 'one' })
    const fast = new ToyMember('fast', deviating(4, 0.02), { fingerprint: 'one' })
    return { slow, fast }
  }
  const plain = make(ToyMember)
  const without = await write(plain.slow, plain.fast)
  const able = make(ScoringMember)
  const scored = await write(able.slow, able.fast)
  expect(scored.text).toBe(without.text)
  expect((able.slow as ScoringMember).scored).toBeGreaterThan(2)
  expect(scored.diagnosis.waves).toBeLessThan(0.5 * without.diagnosis.waves)
})

test('a draft goes on from a place only when its stream has the same token before it', () => {
  const drafts = new Drafts()
  const [own, other, third] = [{}, {}, {}]
  drafts.put(own, { from: 0, tokens: [1, 2, 3, 4, 5, 6] })
  drafts.put(other, { from: 1, tokens: [2, 3, 4, 5] })
  drafts.put(third, { from: 2, tokens: [9, 4, 5, 6, 7, 8] })
  expect([...drafts.after(own, 2, 2)]).toEqual([3, 4, 5])
  expect([...drafts.after(own, 2, 7)]).toEqual([])
  // Longest first; a stream that begins at the place has nothing before it to be known by.
  expect([...drafts.after(own, 4, 4)]).toEqual([5, 6, 7, 8])
  expect([...drafts.after(own, 1, 1)]).toEqual([])
  drafts.take(third)
  expect([...drafts.after(own, 4, 4)]).toEqual([5])
})
