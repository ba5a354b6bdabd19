import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { fakeServer } from './fake.ts'

async function files(): Promise<{ url: string; body: string; type: string }[]> {
  const { app } = await fakeServer()
  await app.ready()
  const urls = app.routeList.filter(
    ({ method, url }) => method === 'GET' && (url === '/' || url.startsWith('/console/')),
  )
  return Promise.all(
    urls.map(async ({ url }) => {
      const answer = await app.inject({ url })
      expect(answer.statusCode).toBe(200)
      return { url, body: answer.body, type: String(answer.headers['content-type']) }
    }),
  )
}

test('the page lies at the root, under a policy that lets it load and reach nothing but its gateway', async () => {
  const { app } = await fakeServer()
  const answer = await app.inject({ url: '/' })
  expect(answer.body).toContain('<title>Tutti')
  const policy = Object.fromEntries(
    String(answer.headers['content-security-policy'])
      .split('; ')
      .map((part) => part.split(/ (.*)/).slice(0, 2)),
  )
  expect(policy).toEqual({
    'default-src': "'none'",
    'script-src': "'self'",
    'style-src': "'self'",
    'connect-src': "'self'",
    'img-src': "'self' data:",
    'frame-ancestors': "'none'",
    'base-uri': "'none'",
    'form-action': "'none'",
  })
  expect(answer.headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' })
})

test('scripts are JavaScript: no types, and every module they import is served', async () => {
  const served = await files()
  const urls = new Set(served.map(({ url }) => url))
  const scripts = served.filter(({ url }) => url.endsWith('.ts'))
  expect(scripts.length).toBeGreaterThan(10)
  for (const { url, body, type } of scripts) {
    expect(type).toBe('text/javascript; charset=utf-8')
    expect(body).not.toMatch(/^\s*(import type|interface|readonly) /m)
    for (const [, specifier] of body.matchAll(/ from '([^']+)'/g)) {
      expect(urls).toContain(new URL(specifier!, `http://x${url}`).pathname)
    }
  }
})

test('the page has no script and no style of its own, and names nothing of another host', async () => {
  const [page] = (await files()).filter(({ url }) => url === '/')
  expect(page!.body).not.toMatch(/<style|style=|<script(?![^>]* src=)| on\w+=/)
  for (const [, link] of page!.body.matchAll(/(?:href|src)="([^"]*)"/g)) expect(link).not.toMatch(/^(https?:|\/\/)/)
})

test('the page names all of its modules at once', async () => {
  const { app } = await fakeServer()
  const link = String((await app.inject({ url: '/' })).headers['link'])
  const named = [...link.matchAll(/<(.*?)>; rel="modulepreload"/g)].map(
    ([, url]) => new URL(url!, 'http://x/').pathname,
  )
  const scripts = (await files()).filter(({ type }) => type.startsWith('text/javascript')).map(({ url }) => url)
  expect(named.sort()).toEqual(scripts.sort())
})

test('a browser that has a file is told that it has it, and takes it compressed', async () => {
  const { app } = await fakeServer()
  const url = '/console/main.ts'
  const plain = await app.inject({ url })
  const small = await app.inject({ url, headers: { 'accept-encoding': 'gzip, deflate' } })
  expect(small.headers['content-encoding']).toBe('gzip')
  expect(gunzipSync(small.rawPayload).toString()).toBe(plain.body)
  const again = await app.inject({ url, headers: { 'if-none-match': String(plain.headers['etag']) } })
  expect(again.statusCode).toBe(304)
  expect(again.body).toBe('')
})

test('nothing is at the root, and none of its files, where the console is switched off', async () => {
  const { app } = await fakeServer({ console: false })
  expect((await app.inject({ url: '/' })).statusCode).toBe(404)
  expect((await app.inject({ url: '/console/main.ts' })).statusCode).toBe(404)
})

test('stripping types says nothing in the log, and lets other warnings through', async () => {
  const warned: string[] = []
  const note = (warning: Error) => warned.push(warning.message)
  process.on('warning', note)
  await files()
  process.emitWarning('of the test')
  await new Promise((resolve) => setImmediate(resolve))
  process.off('warning', note)
  expect(warned).toEqual(['of the test'])
})
