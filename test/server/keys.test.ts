import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { KeyConfig } from '../../src/config/config.ts'
import { hashOfKey } from '../../src/config/resolve-server.ts'
import type { Directory } from '../../src/ensemble/directory.ts'
import { callerOf } from '../../src/server/access/caller.ts'
import { fakeDirectory, fakeServer } from './fake.ts'
import { isPage } from './pages.ts'

const secret = 'tutti-the-key-of-alice'
const other = 'tutti-the-key-of-bob'

function key(name: string, text: string, more: Partial<KeyConfig> = {}): KeyConfig {
  const unlimited = { ensembles: null, requestsPerMinute: null, costPerMinute: null, concurrency: null }
  return { name, sha256: hashOfKey(text), ...unlimited, ...more }
}

const keys = [key('alice', secret), key('bob', other, { ensembles: ['second'] })]
const bearer = (text: string) => ({ authorization: `Bearer ${text}` })
const body = { model: 'tutti', prompt: 'x' }

/** Two ensembles, "tutti" and "second". */
function twoEnsembles(): Directory {
  const one = fakeDirectory()
  const ensemble = one.ensembles.get('tutti')!
  return { ...one, ensembles: new Map([...one.ensembles, ['second', { ...ensemble, name: 'second' }]]) }
}

test.each([
  ['no header', {}],
  ['another key', bearer('tutti-no-key-at-all')],
  ['another scheme', { authorization: `Basic ${secret}` }],
  ['a hash instead of the key', bearer(keys[0]!.sha256)],
  ['nothing behind the scheme', { authorization: 'Bearer ' }],
])('a request with %s is a 401 before its body is looked at', async (_, headers) => {
  const { app } = await fakeServer({ keys })
  const answer = await app.inject({ method: 'POST', url: '/v1/completions', headers, payload: '{"broken' })
  expect(answer.statusCode).toBe(401)
  expect(answer.headers['www-authenticate']).toBe('Bearer')
  expect(answer.json().error).toMatchObject({ code: 'invalid_api_key', type: 'invalid_request_error', param: null })
})

test('with keys, probes, pages that hold no data and unknown paths are all that can be had without one', async () => {
  const { app } = await fakeServer({ keys })
  await app.ready()
  const refused = new Set<string>()
  for (const { method, url } of app.routeList) {
    if (method === 'HEAD' || method === 'OPTIONS') continue
    const answer = await app.inject({ method: method as 'GET', url: url.replace(/:\w+/g, 'x').replace('*', 'x') })
    if (answer.statusCode === 401) refused.add(url)
  }
  const open = app.routeList.map(({ url }) => url).filter((url) => !refused.has(url))
  expect(new Set(open.filter((url) => !isPage(url)))).toEqual(
    new Set(['/livez', '/readyz', '/health', '/openapi.json']),
  )
  expect((await app.inject({ url: '/nothing' })).statusCode).toBe(404)
})

test('the OpenAPI document knows of keys, and of the answer to a request without one', async () => {
  const { app } = await fakeServer({ keys })
  const document = (await app.inject({ url: '/openapi.json' })).json()
  expect(document.components.securitySchemes).toMatchObject({ key: { type: 'http', scheme: 'bearer' } })
  expect(document.security).toEqual([{ key: [] }, {}])
  for (const [path, operations] of Object.entries<Record<string, object>>(document.paths)) {
    const answer = await app.inject({
      method: 'get' in operations ? 'GET' : 'POST',
      url: path.replace(/\{\w+\}/g, 'x'),
    })
    const isOpen = answer.statusCode !== 401
    for (const operation of Object.values(operations)) {
      if (isOpen) expect(operation, path).toMatchObject({ security: [] })
      else expect(operation, path).toMatchObject({ responses: { '4XX': {} } })
      expect('security' in operation, path).toBe(isOpen)
    }
  }
})

test('a key sees and uses its own ensembles, and does not learn what others there are', async () => {
  const { app } = await fakeServer({ keys, directory: twoEnsembles() })
  const ask = (model: string) =>
    app.inject({ method: 'POST', url: '/v1/completions', headers: bearer(other), payload: { ...body, model } })
  expect((await ask('second')).statusCode).toBe(200)
  expect((await ask('second/a')).statusCode).toBe(200)
  const [hidden, none] = [await ask('tutti'), await ask('nobody')]
  expect(hidden.statusCode).toBe(403)
  expect(hidden.json().error.code).toBe('model_not_allowed')
  expect(hidden.body.replace('tutti', 'nobody')).toBe(none.body)
  const listed = async (url: string) => (await app.inject({ url, headers: bearer(other) })).json()
  expect((await listed('/v1/models')).data.map(({ id }: { id: string }) => id)).toEqual([
    'second',
    'second/a',
    'second/b',
  ])
  expect((await listed('/v1/ensembles')).data.map(({ name }: { name: string }) => name)).toEqual(['second'])
  expect((await listed('/readyz')).ensembles.map(({ name }: { name: string }) => name)).toEqual(['second'])
  expect((await app.inject({ url: '/v1/ensembles/tutti', headers: bearer(other) })).statusCode).toBe(403)
  expect((await app.inject({ url: '/v1/models', headers: bearer(secret) })).json().data).toHaveLength(6)
})

test('without a key /readyz says whether, but not who and why', async () => {
  const { app } = await fakeServer({
    keys,
    directory: fakeDirectory({ a: 'connect ECONNREFUSED 10.0.0.7:80', b: 'x' }),
  })
  const answer = await app.inject({ url: '/readyz' })
  expect(answer.statusCode).toBe(503)
  expect(answer.json()).toEqual({ status: 'not_ready', ensembles: [] })
})

test('metrics want a key where there are keys, unless they are open', async () => {
  const { app } = await fakeServer({ keys })
  expect((await app.inject({ url: '/metrics' })).statusCode).toBe(401)
  expect((await app.inject({ url: '/metrics', headers: bearer(other) })).statusCode).toBe(200)
  const { app: open } = await fakeServer({ keys, metricsReaders: 'open' })
  expect((await open.inject({ url: '/metrics' })).statusCode).toBe(200)
})

test('exactly the n requests a minute that a key may have are let through, and other keys are not touched', async () => {
  const limited = [key('alice', secret, { requestsPerMinute: 3 }), key('bob', other)]
  const { app } = await fakeServer({ keys: limited })
  const ask = (text: string) => app.inject({ url: '/v1/models', headers: bearer(text) })
  const answers = await Promise.all(Array.from({ length: 7 }, () => ask(secret)))
  expect(answers.filter(({ statusCode }) => statusCode === 200)).toHaveLength(3)
  const refused = answers.find(({ statusCode }) => statusCode === 429)!
  expect(refused.json().error).toMatchObject({ code: 'rate_limit_exceeded', type: 'rate_limit_error' })
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(50)
  expect(refused.headers['x-ratelimit-remaining-requests']).toBe('0')
  expect((await ask(other)).statusCode).toBe(200)
})

test('what remains is never below 0, also where a reload has lowered a limit below what has been spent', async () => {
  const current = [key('alice', secret, { requestsPerMinute: 5 })]
  const { app } = await fakeServer({ keys: current })
  const ask = () => app.inject({ url: '/v1/models', headers: bearer(secret) })
  for (let request = 0; request < 4; request++) expect((await ask()).statusCode).toBe(200)
  current[0] = key('alice', secret, { requestsPerMinute: 1 })
  const refused = await ask()
  expect(refused.statusCode).toBe(429)
  expect(refused.headers).toMatchObject({ 'x-ratelimit-limit-requests': '1', 'x-ratelimit-remaining-requests': '0' })
})

test('a key spends members × (prompt + output) tokens × choices, and no more than it may in a minute', async () => {
  // Two members, a prompt of one token, ten of output, two choices: 2 × 11 × 2 = 44.
  let now = 1_700_000_000
  const { app } = await fakeServer({ keys: [key('alice', secret, { costPerMinute: 100 })], now: () => now })
  const ask = async () => {
    const payload = { ...body, max_tokens: 10, n: 2 }
    return app.inject({ method: 'POST', url: '/v1/completions', headers: bearer(secret), payload })
  }
  expect([(await ask()).statusCode, (await ask()).statusCode]).toEqual([200, 200])
  const refused = await ask()
  expect(refused.statusCode).toBe(429)
  expect(refused.json().error.message).toContain('spent 88; 44 more are asked for')
  now += 61
  expect((await ask()).statusCode).toBe(200)
})

test('only the very key is taken, whatever differs from it', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 60 }), (text) => {
      fc.pre(text.trim() !== secret)
      expect(callerOf(`Bearer ${text}`, [keys[0]!]).known).toBe(false)
    }),
  )
  expect(callerOf(`Bearer ${secret}`, keys)).toMatchObject({ known: true, name: 'alice' })
  expect(callerOf(undefined, [])).toMatchObject({ known: true, name: 'anonymous' })
})
