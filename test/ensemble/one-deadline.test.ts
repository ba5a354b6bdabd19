import { expect, test } from 'vitest'
import { classify } from '../../src/ensemble/classify/classify.ts'
import { planClassify } from '../../src/ensemble/classify/plan-classify.ts'
import type { Ensemble } from '../../src/ensemble/ensemble.ts'
import { planFollow } from '../../src/ensemble/follow-text.ts'
import { planPredict } from '../../src/ensemble/plan.ts'
import { predict } from '../../src/ensemble/predict.ts'
import { scoreTexts } from '../../src/ensemble/score.ts'
import { defineToy } from '../core/lattice/toy.ts'
import { directoryOf, runOptions, ToyMember } from './toy-member.ts'

const bytes = ['', 'a', 'b', 'ab', '.'].map((text) => new TextEncoder().encode(text))
const toys = [3, 4].map((seed) => defineToy(bytes, { ends: 1, controls: 0, seed, sharpness: 3 }))
const deadlineMs = 300

/** Members whose calls take so many milliseconds each. */
function directory(delays: readonly number[], overrides: Partial<Ensemble> = {}) {
  const members = delays.map((ms, index) => new ToyMember(`m${index}`, toys[index]!, ms > 0 ? { delay: () => ms } : {}))
  return directoryOf(members, { deadlineMs, ...overrides })
}

async function score(delays: readonly number[], overrides: Partial<Ensemble> = {}) {
  const asked = { model: 'toys', prompt: 'ab', text: 'ab.ab', cut: true, diagnostics: 'summary' } as const
  const plan = { ...planFollow(await directory(delays, overrides), asked), param: 'texts[0]' }
  const [found] = await scoreTexts([plan], runOptions())
  return found!
}

test('one deadline is for all that a score takes, the cutting of its text among it', async () => {
  for (const ms of [10_000, 0.6 * deadlineMs]) {
    const started = performance.now()
    await expect(score([ms, ms])).rejects.toMatchObject({ code: 'deadline_exceeded' })
    // Twice the deadline is what two of them would take.
    expect(performance.now() - started).toBeLessThan(1.8 * deadlineMs)
  }
})

test('one deadline is for the fit of weights to the prompt and for what comes after it', async () => {
  const adaptive = { kind: 'prompt_fit', temperature: 0.1 } as const
  const plan = planPredict(await directory([0.3 * deadlineMs, 0.3 * deadlineMs], { adaptive }), {
    model: 'toys',
    prompt: 'abab.ab',
    top: 3,
    words: 0,
    diagnostics: 'none',
  })
  const started = performance.now()
  await expect(predict(plan, runOptions())).rejects.toMatchObject({ code: 'deadline_exceeded' })
  expect(performance.now() - started).toBeLessThan(1.8 * deadlineMs)
})

test('a lead member that is late by more than the grace does not hold up the cut of a text: another cuts it', async () => {
  const found = await score([10_000, 0], { graceMs: 20, deadlineMs: 5_000 })
  expect(found.degraded).toBe(true)
  expect(found.segments!.map(({ bytes: piece }) => new TextDecoder().decode(piece))).toEqual(['ab', '.', 'ab'])
  expect(found.diagnosis!.members.map(({ status }) => status)).toEqual(['timeout', 'ok'])
  expect(found.diagnosis!.timings.total_ms).toBeLessThan(4_000)
})

test('one deadline is for all inputs without content that a classification is compared with', async () => {
  // Six of them, of which four are asked about at a time, and each takes more than half of the deadline.
  const plan = planClassify(await directory([0.3 * deadlineMs]), {
    model: 'toys',
    prompts: ['ab'],
    labels: [{ label: 'a' }, { label: 'b' }],
    contentFree: ['a', 'b', '.', 'ab', 'a.', 'b.'],
    normalisation: 'contextual',
    diagnostics: 'none',
  })
  const started = performance.now()
  await expect(classify(plan, runOptions())).rejects.toMatchObject({ code: 'quorum_not_met' })
  expect(performance.now() - started).toBeLessThan(1.8 * deadlineMs)
})
