import { expect, test } from 'vitest'
import { fakeDirectory, fakeServer, usualLimits } from './fake.ts'

const completion = { model: 'tutti', prompt: 'x' }
const chat = { model: 'tutti', messages: [{ role: 'user', content: 'what?' }] }

const long = 'x'.repeat(200)
const labels = ['a', 'b', 'c', 'd']
const texts = { model: 'tutti', texts: ['a', 'b', 'c'] }
const pairs = { model: 'tutti', pairs: ['a', 'b', 'c'].map((continuation) => ({ prompt: 'x', continuation })) }

type LimitOfRequest = 'promptBytes' | 'prompts' | 'labels' | 'choices' | 'cost'

/** What, by which limit, where, asked how, and the field that is to be named. */
const tooMuch: readonly [string, LimitOfRequest, number, string, object, string][] = [
  ['prompt bytes', 'promptBytes', 10, '/v1/completions', { ...completion, prompt: 'x'.repeat(11) }, 'prompt'],
  ['bytes of a batch', 'promptBytes', 10, '/v1/completions', { ...completion, prompt: ['xxxxxx', 'xxxxxx'] }, 'prompt'],
  ['bytes of messages', 'promptBytes', 4, '/v1/chat/completions', chat, 'messages'],
  ['bytes to predict after', 'promptBytes', 10, '/v1/predict', { ...completion, prompt: 'x'.repeat(11) }, 'prompt'],
  ['bytes of texts', 'promptBytes', 2, '/v1/score', texts, 'texts'],
  ['bytes of pairs', 'promptBytes', 5, '/v1/score', pairs, 'pairs'],
  ['bytes of an input', 'promptBytes', 10, '/v1/classify', { model: 'tutti', input: long, labels }, 'input'],
  ['bytes of inputs', 'promptBytes', 10, '/v1/classify', { model: 'tutti', inputs: [long, 'x'], labels }, 'inputs'],
  ['prompts', 'prompts', 2, '/v1/completions', { ...completion, prompt: ['a', 'b', 'c'] }, 'prompt'],
  ['texts to score', 'prompts', 2, '/v1/score', texts, 'texts'],
  ['pairs to score', 'prompts', 2, '/v1/score', pairs, 'pairs'],
  ['inputs', 'prompts', 2, '/v1/classify', { model: 'tutti', inputs: ['a', 'b', 'c'], labels }, 'inputs'],
  ['labels', 'labels', 3, '/v1/classify', { model: 'tutti', input: 'x', labels }, 'labels'],
  ['choices', 'choices', 2, '/v1/completions', { ...completion, n: 3 }, 'n'],
  ['choices to pick from', 'choices', 2, '/v1/completions', { ...completion, best_of: 3 }, 'best_of'],
  ['choices of a chat', 'choices', 2, '/v1/chat/completions', { ...chat, n: 3 }, 'n'],
  ['cost', 'cost', 100, '/v1/completions', { ...completion, max_tokens: 50 }, 'max_tokens'],
  ['cost of a chat', 'cost', 100, '/v1/chat/completions', chat, 'max_completion_tokens'],
  ['cost of a prediction', 'cost', 100, '/v1/predict', { ...completion, prompt: long }, 'prompt'],
  ['cost of a score', 'cost', 100, '/v1/score', { model: 'tutti', texts: [long] }, 'texts'],
  ['cost of a classification', 'cost', 100, '/v1/classify', { model: 'tutti', input: long, labels }, 'input'],
]

test.each(tooMuch)('more %s than the configuration allows (%s) is a 422 that names the field', async (...row) => {
  const [, limit, most, url, payload, param] = row
  const directory = fakeDirectory({}, ['a', 'b'])
  const { app } = await fakeServer({ directory, limits: { ...usualLimits, [limit]: most } })
  const answer = await app.inject({ method: 'POST', url, payload })
  expect(answer.statusCode).toBe(422)
  expect(answer.json().error).toMatchObject({ code: 'limit_exceeded', param })
  const { app: wide } = await fakeServer({ directory })
  expect((await wide.inject({ method: 'POST', url, payload })).statusCode).toBe(200)
})

test('what a request may ask for is bounded on every route that the bound is of; no other limit is of one request', () => {
  const [texted, chosen] = [
    ['completions', 'predict', 'score', 'classify', 'chat/completions'],
    ['completions', 'chat/completions'],
  ]
  const routes: Readonly<Record<LimitOfRequest, readonly string[]>> = {
    promptBytes: texted,
    prompts: ['completions', 'score', 'classify'],
    labels: ['classify'],
    choices: chosen,
    cost: texted,
  }
  const bounded = new Set(tooMuch.map(([, limit, , url]) => `${limit} ${url}`))
  const owed = Object.entries(routes).flatMap(([limit, of]) => of.map((route) => `${limit} /v1/${route}`))
  expect([...bounded].sort()).toEqual(owed.sort())
  const atATime = ['running', 'runningCost', 'queued', 'queueMs', 'receiveMs', 'unreadMs']
  expect(Object.keys(usualLimits).sort()).toEqual([...Object.keys(routes), ...atATime].sort())
})

test.each([
  ['/v1/score', (many: string[]) => ({ texts: many }), 'texts'],
  ['/v1/classify', (many: string[]) => ({ inputs: many, labels }), 'inputs'],
  ['/v1/classify', (many: string[]) => ({ input: 'x', labels: many }), 'labels'],
])('%s takes 256 at the most, whatever the configuration allows', async (url, asked, param) => {
  const wide = { ...usualLimits, prompts: 5_000, labels: 5_000 }
  const { app } = await fakeServer({ limits: wide, bodyLimitBytes: 100_000 })
  const ask = (count: number) => {
    const payload = { model: 'tutti', ...asked(Array.from({ length: count }, (_, index) => `x${index}`)) }
    return app.inject({ method: 'POST', url, payload })
  }
  expect((await ask(256)).statusCode).toBe(200)
  const refused = await ask(257)
  expect(refused.statusCode).toBe(400)
  expect(refused.json().error).toMatchObject({ param })
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
