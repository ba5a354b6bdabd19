import { expect, test } from 'vitest'
import type { ClassifyPlan } from '../../src/ensemble/classify/plan-classify.ts'
import { classifications } from '../../src/server/wire/classify-answer.ts'
import { fakeDirectory, fakeServer, usualLimits } from './fake.ts'

const asked = { model: 'tutti', input: 'x', labels: ['yes', 'no'] }

async function post(part: object, overrides: Parameters<typeof fakeServer>[0] = {}) {
  const { app } = await fakeServer(overrides)
  return app.inject({ method: 'POST', url: '/v1/classify', payload: { ...asked, ...part } })
}

/** The plan that a request is made into. */
async function planOf(part: object): Promise<ClassifyPlan> {
  const plans: ClassifyPlan[] = []
  const directory = fakeDirectory({}, ['a', 'b'])
  const classify = async (plan: ClassifyPlan) => {
    plans.push(plan)
    return []
  }
  const answer = await post(part, { classify, directory })
  expect(answer.json()).toMatchObject({ results: [] })
  return plans[0]!
}

test('each input is answered with its labels, likeliest first, and every member’s view', async () => {
  const answer = await post({ input: undefined, inputs: ['one', 'two'] })
  expect(answer.statusCode).toBe(200)
  expect(classifications.parse(answer.json())).toEqual(answer.json())
  expect(answer.json()).toMatchObject({
    object: 'classification',
    pool: 'linear',
    normalisation: 'none',
    results: [
      { index: 0, label: 'yes', probability: 2 / 3, certain: false, ensemble: { name: 'tutti' } },
      { index: 1, labels: [{ label: 'yes' }, { label: 'no', members: [{ id: 'a', score: null }, { id: 'b' }] }] },
    ],
    usage: { prompt_tokens: 6 },
  })
  const bare = await post({ ensemble: { diagnostics: 'none' } })
  expect(bare.json().results[0]).not.toHaveProperty('ensemble')
})

test('the input is put into the template as it is, everywhere', async () => {
  const text = ({ prompts }: ClassifyPlan) => prompts.map((prompt) => new TextDecoder().decode(prompt.text))
  expect(text(await planOf({}))).toEqual(['x'])
  expect(text(await planOf({ input: '$& {input}', prompt: '{input}: {input} is' }))).toEqual([
    '$& {input}: $& {input} is',
  ])
  expect(text(await planOf({ input: undefined, prompt: 'Rain or sun? It is' }))).toEqual(['Rain or sun? It is'])
  const messages = [
    { role: 'system', content: 'Judge.' },
    { role: 'user', content: '{input}!' },
    { role: 'assistant', content: 'It is' },
  ]
  expect((await planOf({ messages })).prompts).toMatchObject([
    { kind: 'chat', messages: [{ content: 'Judge.' }, { content: 'x!' }] },
  ])
  expect(text(await planOf({ messages, labels: [' a', ' b'] }))).toEqual(['It is '])
})

test('normalisations have the baselines they need', async () => {
  const baselines = async (part: object) =>
    (await planOf(part)).baselines.map((prompt) => new TextDecoder().decode(prompt.text))
  expect(await baselines({})).toEqual([])
  expect(await baselines({ normalisation: 'contextual', prompt: '{input} is' })).toEqual(['N/A is'])
  expect(await baselines({ normalisation: 'contextual', content_free: ['', '-'] })).toEqual(['', '-'])
  expect(await baselines({ normalisation: 'pmi', domain_prompt: 'It is' })).toEqual(['It is'])
})

const stacking = { labels: ['yes', 'no'], members: ['a', 'b'], coefficients: [] }
test.each([
  [{ input: undefined }, 'input'],
  [{ inputs: ['a'] }, 'inputs'],
  [{ input: undefined, inputs: [] }, 'inputs'],
  [{ input: undefined, inputs: Array(257).fill('x') }, 'inputs'],
  [{ input: 7 }, 'input'],
  [{ prompt: 'no place' }, 'prompt'],
  [{ prompt: '{input}', messages: [{ role: 'user', content: '{input}' }] }, 'messages'],
  [{ messages: [] }, 'messages'],
  [{ messages: [{ role: 'user', content: 'no place' }] }, 'messages'],
  [{ messages: [{ role: 'assistant', content: '{input}' }] }, 'messages'],
  [{ messages: [{ role: 'nobody', content: '{input}' }] }, 'messages[0].role'],
  [{ labels: undefined }, 'labels'],
  [{ labels: ['one'] }, 'labels'],
  [{ labels: Array(257).fill('x') }, 'labels'],
  [{ labels: ['yes', 'yes'] }, 'labels[1]'],
  [{ labels: ['yes', { label: 'no', verbalisations: ['yes'] }] }, 'labels[1]'],
  [{ normalisation: 'softmax' }, 'normalisation'],
  [{ normalisation: 'pmi' }, 'domain_prompt'],
  [{ normalisation: 'none', domain_prompt: 'x' }, 'domain_prompt'],
  [{ normalisation: 'pmi', domain_prompt: 'x', content_free: ['x'] }, 'content_free'],
  [{ pool_temperature: 0 }, 'pool_temperature'],
  [{ normalisation: 'contextual', content_free: [] }, 'content_free'],
  [{ normalisation: 'contextual', input: undefined, prompt: 'no place' }, 'prompt'],
  [{ pool: 'mean' }, 'pool'],
  [{ pool: 'stacking' }, 'stacking'],
  [{ stacking }, 'stacking'],
  [{ pool: 'stacking', stacking }, 'stacking.coefficients'],
  [{ pool: 'stacking', stacking: { ...stacking, members: ['a'] } }, 'stacking.members'],
  [{ pool: 'stacking', stacking: { ...stacking, labels: ['yes', 'maybe'] } }, 'stacking.labels'],
  [{ temperatures: { a: 0 } }, 'temperatures.a'],
  [{ temperatures: { c: 1 } }, 'temperatures.c'],
  [{ temperature: 1 }, 'temperature'],
  [{ ensemble: { diagnostics: 'all' } }, 'ensemble.diagnostics'],
])('%j is a 400 that names %s', async (part, param) => {
  const answer = await post(part)
  expect(answer.statusCode).toBe(400)
  expect(answer.json().error).toMatchObject({ param, type: 'invalid_request_error' })
})

test('messages need templates, an input must not be too long, and a quorum must be there', async () => {
  const messages = [{ role: 'user', content: '{input}' }]
  expect((await post({ messages })).json().error).toMatchObject({ code: 'unsupported_parameter', param: 'messages' })
  const limits = { ...usualLimits, promptBytes: 5 }
  expect((await post({ input: 'too long' }, { limits })).json().error).toMatchObject({ param: 'input' })
  const directory = fakeDirectory({ a: 'refused', b: 'refused' })
  expect((await post({}, { directory })).json().error.code).toBe('quorum_not_met')
})
