import { expect, test } from 'vitest'
import type { Diagnosis } from '../../src/ensemble/diagnosis.ts'
import { generate } from '../../src/ensemble/generate.ts'
import { planCompletion } from '../../src/ensemble/plan.ts'
import { randomToy } from '../laws/random-toy.ts'
import { directoryOf, runOptions, ToyMember } from './toy-member.ts'

test('the event loop turns for every symbol, also when no list is waited for', async () => {
  const directory = await directoryOf([new ToyMember('m', randomToy(3))], { tau: 5e-3 })
  const request = { model: 'toys', prompt: 'a b', maxTokens: 50, stop: [], diagnostics: 'summary' as const }
  let turns = 0
  let running = true
  const count = () => {
    turns++
    if (running) setImmediate(count)
  }
  setImmediate(count)
  let diagnosis: Diagnosis | null = null
  for await (const event of generate(planCompletion(directory, { ...request, temperature: 1 }, 5), runOptions())) {
    if (event.kind === 'finish') diagnosis = event.diagnosis
  }
  running = false
  expect(diagnosis!.steps).toBeGreaterThan(5)
  expect(turns).toBeGreaterThanOrEqual(diagnosis!.steps)
})
