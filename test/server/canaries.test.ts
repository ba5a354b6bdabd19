import { expect, test } from 'vitest'
import { TuttiError } from '../../src/errors.ts'
import { fakeServer } from './fake.ts'

const canary = 'CANARY-7f3a'
const json = {
  'content-type': 'application/json',
  authorization: `Bearer ${canary}`,
  cookie: canary,
  'x-request-id': `${canary} x`,
}

test.each([
  ['a completion', '/v1/completions', JSON.stringify({ model: 'tutti', prompt: canary, stop: canary, user: canary })],
  ['a stream', '/v1/completions', JSON.stringify({ model: 'tutti', prompt: canary, stream: true })],
  [
    'a conversation',
    '/v1/chat/completions',
    JSON.stringify({ model: 'tutti', messages: [{ role: 'user', content: canary }], user: canary }),
  ],
  ['a text to tokenize', '/tokenize', JSON.stringify({ prompt: canary })],
  ['a prediction', '/v1/predict', JSON.stringify({ model: 'tutti', prompt: canary })],
  ['an unknown model', '/v1/predict', JSON.stringify({ model: canary, prompt: canary })],
  ['an unknown field', '/v1/predict', JSON.stringify({ model: 'tutti', prompt: 'x', [canary]: canary })],
  ['broken JSON', '/v1/completions', `{"prompt": "${canary}`],
  ['an unknown path', `/${canary}?key=${canary}`, '{}'],
  ['an oversize body', '/v1/completions', JSON.stringify({ model: 'tutti', prompt: canary.repeat(300) })],
])('nothing that a caller sends reaches log or metrics: %s', async (_, url, payload) => {
  const { app, log } = await fakeServer()
  await app.inject({ method: 'POST', url, headers: json, payload })
  const page = await app.inject({ url: '/metrics' })
  expect(log.join('')).toContain('"msg":"request"')
  expect(`${log.join('')}${page.body}`).not.toContain(canary)
})

test.each([
  [
    'an error that quotes the prompt',
    () => new TuttiError('member_rejected', `refused: ${canary}`, { member: 'a', cause: new Error(canary) }),
  ],
  ['an unforeseen error', () => new SyntaxError(`Unexpected token in ${canary}`)],
])('%s reaches the log as code and place, without its message', async (_, make) => {
  const { app, log } = await fakeServer({
    predict: async () => {
      throw make()
    },
  })
  await app.inject({ method: 'POST', url: '/v1/predict', payload: { model: 'tutti', prompt: canary } })
  const text = log.join('')
  expect(text).toMatch(/"code":"(member_rejected|internal)"/)
  expect(text).not.toContain(canary)
})

test('the log has request id, route, status and milliseconds of every request', async () => {
  const { app, log } = await fakeServer()
  await app.inject({ url: '/v1/models/tutti', headers: { 'x-request-id': 'r1' } })
  expect(JSON.parse(log.at(-1)!)).toMatchObject({
    level: 'info',
    request_id: 'r1',
    route: '/v1/models/:id',
    method: 'GET',
    status: 200,
    ms: expect.any(Number),
  })
})
