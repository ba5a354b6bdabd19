import { expect, test } from 'vitest'
import type { LimitsConfig } from '../../src/config/config.ts'
import { fakeDirectory, fakeServer, usualLimits } from './fake.ts'

const completion = { model: 'tutti', prompt: 'x' }
const chat = { model: 'tutti', messages: [{ role: 'user', content: 'what?' }] }

test.each<[string, Partial<LimitsConfig>, string, object, string]>([
  ['prompt bytes', { promptBytes: 10 }, '/v1/completions', { ...completion, prompt: 'x'.repeat(11) }, 'prompt'],
  [
    'bytes of a batch',
    { promptBytes: 10 },
    '/v1/completions',
    { ...completion, prompt: ['xxxxxx', 'xxxxxx'] },
    'prompt',
  ],
  ['bytes of messages', { promptBytes: 4 }, '/v1/chat/completions', chat, 'messages'],
  ['bytes to predict after', { promptBytes: 10 }, '/v1/predict', { ...completion, prompt: 'x'.repeat(11) }, 'prompt'],
  ['prompts', { prompts: 2 }, '/v1/completions', { ...completion, prompt: ['a', 'b', 'c'] }, 'prompt'],
  ['choices', { choices: 2 }, '/v1/completions', { ...completion, n: 3 }, 'n'],
  ['choices to pick from', { choices: 2 }, '/v1/completions', { ...completion, best_of: 3 }, 'best_of'],
  ['choices of a chat', { choices: 2 }, '/v1/chat/completions', { ...chat, n: 3 }, 'n'],
  ['cost', { cost: 100 }, '/v1/completions', { ...completion, max_tokens: 50 }, 'max_tokens'],
  ['cost of a chat', { cost: 100 }, '/v1/chat/completions', chat, 'max_completion_tokens'],
])('more %s than the configuration allows is a 422 that names the field', async (_, tighter, url, payload, param) => {
  const directory = fakeDirectory({}, ['a', 'b'])
  const { app } = await fakeServer({ directory, limits: { ...usualLimits, ...tighter } })
  const answer = await app.inject({ method: 'POST', url, payload })
  expect(answer.statusCode).toBe(422)
  expect(answer.json().error).toMatchObject({ code: 'limit_exceeded', param })
  const { app: wide } = await fakeServer({ directory })
  expect((await wide.inject({ method: 'POST', url, payload })).statusCode).toBe(200)
})

test('several answers of each member cost as many times what one text costs', async () => {
  const { app } = await fakeServer({ limits: { ...usualLimits, cost: 100 } })
  const ask = (ensemble: object) =>
    app.inject({ method: 'POST', url: '/v1/completions', payload: { ...completion, max_tokens: 20, ensemble } })
  expect((await ask({ strategy: 'fuse' })).statusCode).toBe(200)
  const refused = await ask({ strategy: 'majority', samples: 3 })
  expect(refused.statusCode).toBe(422)
  expect(refused.json().error).toMatchObject({ code: 'limit_exceeded', param: 'max_tokens' })
})

test('when all places are taken a request waits, and is shed with retry-after when that takes too long', async () => {
  const hold = Promise.withResolvers<void>()
  const { app } = await fakeServer({
    limits: { ...usualLimits, running: 1, queued: 1, queueMs: 30 },
    predict: async () => {
      await hold.promise
      throw new Error('enough')
    },
  })
  const ask = () => app.inject({ method: 'POST', url: '/v1/predict', payload: completion })
  // An injected request begins when somebody waits for it.
  const first = ask().then((answer) => answer)
  const answers = await Promise.all([ask(), ask()])
  for (const answer of answers) {
    expect(answer.statusCode).toBe(503)
    expect(answer.headers['retry-after']).toBe('1')
    expect(answer.json().error.code).toBe('overloaded')
  }
  hold.resolve()
  expect((await first).statusCode).toBe(500)
  const { statusCode } = await ask()
  expect(statusCode).toBe(500)
})
