import { describe, expect, test } from 'vitest'
import { generate } from '../../src/ensemble/generate.ts'
import type { Observer } from '../../src/ensemble/observer.ts'
import { planCompletion, planPredict } from '../../src/ensemble/plan.ts'
import { predict } from '../../src/ensemble/predict.ts'
import { TuttiError } from '../../src/errors.ts'
import { defineToy } from '../core/lattice/toy.ts'
import { directoryOf, runOptions, ToyMember } from './toy-member.ts'

const bytes = ['', 'a', 'b', ' ', 'ab', 'ba', ' a', 'aba'].map((text) => new TextEncoder().encode(text))
const toys = [1, 2, 3].map((seed) => {
  const toy = defineToy(bytes, { ends: 1, controls: 0, seed, sharpness: 4 })
  return {
    ...toy,
    probabilities: (context: readonly number[]) => toy.probabilities(context).map((p, id) => (id === 0 ? 1e-9 : p)),
  }
})

describe('members lost', () => {
  test('in the search for words make the answer degraded, and every word the survivors’', async () => {
    const members = toys.map((toy, index) => new ToyMember(`m${index}`, toy, index === 1 ? { failFrom: 9 } : {}))
    const directory = await directoryOf(members, { tau: 5e-3 })
    const request = { model: 'toys', prompt: 'ab', top: 5, words: 5, diagnostics: 'summary' as const }
    const { words, diagnosis } = await predict(planPredict(directory, request), runOptions())
    expect(diagnosis).toMatchObject({ degraded: true })
    expect(diagnosis?.members.map(({ status }) => status)).toEqual(['ok', 'error', 'ok'])
    expect(words.length).toBeGreaterThan(0)
    for (const word of words) expect(word.members.map(({ id }) => id)).toEqual(['m0', 'm2'])
  })

  test('to a breaker are told apart from those that failed', async () => {
    const late = toys.map((toy, index) => new ToyMember(`m${index}`, toy))
    const refusal = new TuttiError('circuit_open', 'it is not called for now', { member: 'm1' })
    late[1]!.called = () => Promise.reject(refusal)
    const directory = await directoryOf(late)
    const request = { model: 'toys', prompt: 'ab', maxTokens: 3, stop: [], diagnostics: 'summary' as const }
    for await (const event of generate(planCompletion(directory, request, 1), runOptions())) {
      if (event.kind !== 'finish') continue
      const { degraded, members } = event.diagnosis!
      expect(degraded).toBe(true)
      expect(members.map(({ status }) => status)).toEqual(['ok', 'circuit_open', 'ok'])
      expect(members[1]!.error).toMatchObject({ code: 'circuit_open' })
    }
  })

  test('are told to the observer once, with the code', async () => {
    const lost: string[] = []
    const observer: Observer = {
      ...runOptions().observer,
      memberLost: ({ member, code }) => lost.push(`${member} ${code}`),
    }
    const members = [new ToyMember('m0', toys[0]!), new ToyMember('m1', toys[1]!, { failFrom: 5 })]
    const directory = await directoryOf(members)
    const request = { model: 'toys', prompt: 'ab', maxTokens: 10, stop: [], diagnostics: 'none' as const }
    for await (const _ of generate(planCompletion(directory, request, 1), { ...runOptions(), observer }));
    expect(lost).toEqual(['m1 member_unreachable'])
  })
})

describe('contexts near their limit', () => {
  test('end a text by length and never cost a member, whatever is revived on the way', async () => {
    let full = 0
    for (let seed = 0; seed < 60; seed++) {
      const members = toys.map((toy, index) => new ToyMember(`m${index}`, toy, { contextLength: 10 + index }))
      const directory = await directoryOf(members, { tau: 0.05 })
      const request = {
        model: 'toys',
        prompt: 'abab',
        maxTokens: 200,
        temperature: 1.5,
        stop: [],
        diagnostics: 'summary' as const,
      }
      for await (const event of generate(planCompletion(directory, request, seed), runOptions())) {
        if (event.kind !== 'finish') continue
        if (event.reason === 'length') full++
        expect(event.diagnosis?.degraded).toBe(false)
      }
    }
    expect(full).toBeGreaterThan(50)
  })

  test('an over-long prompt is refused at once, though another member takes its time', async () => {
    const members = [
      new ToyMember('m0', toys[0]!, { delay: () => 3000 }),
      new ToyMember('m1', toys[1]!, { contextLength: 4 }),
    ]
    const directory = await directoryOf(members)
    const request = { model: 'toys', prompt: 'abababab bb', maxTokens: 5, stop: [], diagnostics: 'none' as const }
    const started = performance.now()
    const answer = (async () => {
      for await (const _ of generate(planCompletion(directory, request, 1), runOptions()));
    })()
    await expect(answer).rejects.toMatchObject({ code: 'context_length_exceeded', member: 'm1' })
    expect(performance.now() - started).toBeLessThan(1000)
  })

  test('a prompt too long for any tokenization is refused before anybody is asked', async () => {
    const members = [new ToyMember('m0', toys[0]!, { contextLength: 4 })]
    const directory = await directoryOf(members)
    const request = { model: 'toys', prompt: 'a'.repeat(13), maxTokens: 5, stop: [], diagnostics: 'none' as const }
    expect(() => planCompletion(directory, request, 1)).toThrow(
      expect.objectContaining({ code: 'context_length_exceeded', param: 'prompt' }),
    )
    expect(members[0]?.calls).toBe(0)
  })
})
