import { expect, test } from 'vitest'
import { fakeServer } from './fake.ts'

const json = { 'content-type': 'application/json' }

test.each([
  ['GET', '/nothing/here', {}, undefined, 404, 'route_not_found'],
  ['GET', '/v1/completions', {}, undefined, 405, 'method_not_allowed'],
  ['DELETE', '/v1/models/tutti', {}, undefined, 405, 'method_not_allowed'],
  ['POST', '/v1/completions', json, '{"model": "tut', 400, 'invalid_request'],
  ['POST', '/v1/completions', json, '', 400, 'invalid_request'],
  ['POST', '/v1/completions', json, '[]', 400, 'invalid_request'],
  ['POST', '/v1/completions', json, '{"__proto__": {}}', 400, 'invalid_request'],
  ['POST', '/v1/completions', { 'content-type': 'text/plain' }, 'hello', 415, 'unsupported_media_type'],
  [
    'POST',
    '/v1/completions',
    { 'content-type': 'application/x-www-form-urlencoded' },
    '{}',
    415,
    'unsupported_media_type',
  ],
  ['POST', '/v1/completions', json, `{"prompt":"${'x'.repeat(3000)}"}`, 413, 'payload_too_large'],
  ['GET', '/v1/ensembles/nobody', {}, undefined, 404, 'model_not_found'],
  ['GET', '/v1/models/%zz', {}, undefined, 400, 'invalid_request'],
] as const)(
  "%s %s (%j, %s) is a %i in OpenAI's shape with code %s",
  async (method, url, headers, payload, status, code) => {
    const { app } = await fakeServer()
    const answer = await app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) })
    expect(answer.statusCode).toBe(status)
    const { error } = answer.json()
    expect(Object.keys(error).sort()).toEqual(['code', 'message', 'param', 'type'])
    expect(error).toMatchObject({ code, type: 'invalid_request_error' })
  },
)

test('a 405 lists the methods that the path takes', async () => {
  const { app } = await fakeServer()
  const answer = await app.inject({ method: 'PUT', url: '/v1/predict' })
  expect(answer.headers['allow']).toBe('POST')
})

test('an internal error tells the caller a request id, and the log where it happened, but neither its message', async () => {
  const { app, log } = await fakeServer({
    predict: async () => {
      throw new TypeError('SECRET-DETAIL')
    },
  })
  const payload = { model: 'tutti', prompt: 'x' }
  const answer = await app.inject({ method: 'POST', url: '/v1/predict', payload, headers: { 'x-request-id': 'abc-1' } })
  expect(answer.statusCode).toBe(500)
  expect(answer.json().error).toMatchObject({ code: 'internal', message: expect.stringContaining('abc-1') })
  expect(answer.body).not.toContain('at ')
  const logged = log.join('')
  expect(logged).toContain('errors.test.ts')
  expect(`${answer.body}${logged}`).not.toContain('SECRET-DETAIL')
})

test('a sane request id comes back, anything else is replaced', async () => {
  const { app } = await fakeServer()
  const idOf = async (id: string) =>
    (await app.inject({ url: '/livez', headers: { 'x-request-id': id } })).headers['x-request-id']
  expect(await idOf('trace:7.a_b-c')).toBe('trace:7.a_b-c')
  expect(await idOf('two words')).toMatch(/^req-\d+$/)
  expect(await idOf('x'.repeat(129))).toMatch(/^req-\d+$/)
})
