import fc from 'fast-check'
import { expect, test } from 'vitest'
import { repeatedKey } from '../../src/server/repeated-key.ts'
import { fakeServer } from './fake.ts'

const ask = async (payload: string | Buffer) => {
  const { app } = await fakeServer()
  const headers = { 'content-type': 'application/json' }
  return app.inject({ method: 'POST', url: '/v1/completions', headers, payload })
}

test.each([
  ['a name twice', '{"model":"tutti","prompt":"a","prompt":"b"}', 'prompt'],
  ['a name twice, spelled otherwise', '{"model":"tutti","prompt":"a","\\u0070rompt":"b"}', 'prompt'],
  [
    'a name twice inside',
    '{"model":"tutti","prompt":"a","ensemble":{"diagnostics":"none","diagnostics":"none"}}',
    'diagnostics',
  ],
  ['__proto__', '{"model":"tutti","prompt":"a","__proto__":{"n":2}}', null],
  ['__proto__, spelled otherwise', '{"model":"tutti","prompt":"a","\\u005f_proto__":{"n":2}}', null],
  ['__proto__ inside', '{"model":"tutti","prompt":"a","metadata":{"__proto__":{"n":"2"}}}', null],
  ['constructor.prototype', '{"model":"tutti","prompt":"a","metadata":{"constructor":{"prototype":{"n":"2"}}}}', null],
  ['bytes that are not UTF-8', Buffer.from('{"model":"tutti","prompt":"\xff\xfe"}', 'latin1'), null],
  ['a field that is not known', '{"model":"tutti","prompt":"a","promt":"b"}', 'promt'],
])('%s is a 400, and nothing inherits it', async (_, payload, param) => {
  const answer = await ask(payload)
  expect(answer.statusCode).toBe(400)
  expect(answer.json().error).toMatchObject({ code: 'invalid_request', param })
  expect(({} as { n?: unknown }).n).toBeUndefined()
})

test('no valid JSON value that was written by a machine has a name twice', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), fc.constantFrom(undefined, 2), (value, indent) => {
      expect(repeatedKey(JSON.stringify(value, null, indent))).toBeNull()
    }),
  )
})

test('a name put in twice is found wherever it stands', () => {
  const name = fc.string({ unit: 'binary' })
  fc.assert(
    fc.property(name, fc.jsonValue(), fc.jsonValue(), fc.jsonValue(), (own, one, other, before) => {
      const key = JSON.stringify(own)
      const object = `{${key} :${JSON.stringify(one)},${key}\n:${JSON.stringify(other)}}`
      expect(repeatedKey(`[${JSON.stringify(before)}, ${object}]`)).toBe(own)
    }),
  )
})

test('answers carry headers that keep browsers from running, framing, guessing or keeping them', async () => {
  const { app } = await fakeServer()
  for (const url of ['/v1/models', '/nothing']) {
    const { headers } = await app.inject({ url })
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      'content-security-policy': expect.stringContaining("default-src 'none'"),
    })
  }
  const page = await app.inject({ url: '/docs/static/index.html' })
  expect(page.headers['content-security-policy']).toContain("script-src 'self'")
})

test.each([false, true])('with log_content what is asked and answered is in the log (stream: %s)', async (stream) => {
  const { app, log } = await fakeServer({ logContent: true })
  const payload = { model: 'tutti', prompt: 'CANARY-asked', stream }
  await app.inject({ method: 'POST', url: '/v1/completions', payload })
  const contents = log.filter((line) => line.includes('content"')).join('')
  expect(contents).toContain('CANARY-asked')
  expect(contents).toContain('wörld')
})
