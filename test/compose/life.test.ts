import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { compose, type Gateway } from '../../src/compose.ts'
import type { Config } from '../../src/config/config.ts'
import { parseConfig } from '../../src/config/parse.ts'
import { createLogger } from '../../src/observability/logger.ts'
import { smallModel } from '../conformance/support.ts'
import { startTwin, type Twin } from '../wire/kit/twin.ts'
import { llamacpp } from '../wire/llamacpp.ts'

const open: { close(): Promise<unknown> }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

async function twins(count: number, roundTripMs = 0): Promise<Twin[]> {
  const started = Array.from({ length: count }, () => startTwin(llamacpp, smallModel(), { latency: { roundTripMs } }))
  const found = await Promise.all(started)
  open.push(...found)
  return found
}

function configOf(members: Readonly<Record<string, Twin>>, ensembles: string, server = 'drain_ms: 300'): Config {
  const lines = Object.entries(members).map(([id, { url }]) => `  ${id}: { kind: llamacpp, url: '${url}' }`)
  const text = `server: { port: 0, ${server} }\nmembers:\n${lines.join('\n')}\nensembles: ${ensembles}\n`
  return parseConfig(text, { file: 'life.yaml', folder: '/', env: {} })
}

async function start(config: Config) {
  const log: { msg: string; [field: string]: unknown }[] = []
  const gateway = await compose(config, createLogger('info', { write: (line) => log.push(JSON.parse(line)) }), '0.0.0')
  open.push(gateway)
  return { gateway, log }
}

const headers = { 'content-type': 'application/json' }
const ask = ({ url }: Gateway, body: object) =>
  fetch(`${url}/v1/completions`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ model: 'e', prompt: 'ab', ...body }),
  })
const slow = { max_tokens: 500, temperature: 1, seed: 3 }
const one = '{ e: { members: [{ id: a }] } }'

test('a gateway that stops refuses new requests, says so, and lets those that run end', async () => {
  const [a] = await twins(1, 20)
  const { gateway } = await start(configOf({ a: a! }, one, 'drain_ms: 20000'))
  const running = (await ask(gateway, { ...slow, max_tokens: 60, stream: true })).text()
  const closed = gateway.close()
  const refused = await ask(gateway, {})
  expect(refused.status).toBe(503)
  expect(refused.headers.get('connection')).toBe('close')
  expect(await refused.json()).toMatchObject({ error: { code: 'stopping' } })
  const readiness = await fetch(`${gateway.url}/readyz`)
  expect(readiness.status).toBe(503)
  expect(await readiness.json()).toMatchObject({ status: 'stopping' })
  expect((await fetch(`${gateway.url}/livez`)).status).toBe(200)
  const text = await running
  expect(text).toContain('"finish_reason":"')
  expect(text).not.toContain('"error"')
  await closed
  await expect(fetch(`${gateway.url}/livez`)).rejects.toThrow()
})

test('what does not end within drain_ms ends with the error, in a stream as an event', async () => {
  const [a] = await twins(1, 100)
  const { gateway } = await start(configOf({ a: a! }, one))
  const stream = (await ask(gateway, { ...slow, stream: true })).text()
  const whole = ask(gateway, slow)
  await sleep(200)
  const started = performance.now()
  await gateway.close()
  expect(performance.now() - started).toBeLessThan(1_500)
  expect((await whole).status).toBe(503)
  expect(await (await whole).json()).toMatchObject({ error: { code: 'stopping' } })
  const events = (await stream).trim().split('\n\n')
  expect(events.at(-2)).toContain('"code":"stopping"')
  expect(events.at(-1)).toBe('data: [DONE]')
})

test.each([
  ['a classification', '/v1/classify', { input: 'ab', labels: ['abab', 'baba'] }],
  ['a score by segments', '/v1/score', { texts: ['abababab'], segments: true }],
  ['whole answers', '/v1/completions', { prompt: 'ab', ...slow, ensemble: { strategy: 'majority' } }],
  ['a prediction', '/v1/predict', { prompt: 'ab', words: 3 }],
])('%s that does not end within drain_ms ends with a 503 to be retried', async (_, route, body) => {
  const [a] = await twins(1)
  const { gateway } = await start(configOf({ a: a! }, one, 'drain_ms: 50'))
  a!.latency = { roundTripMs: 2_000 }
  const met = a!.calls.length
  const payload = JSON.stringify({ model: 'e', ...body })
  const asked = fetch(`${gateway.url}${route}`, { method: 'POST', headers, body: payload })
  await expect.poll(() => a!.calls.length).toBeGreaterThan(met)
  await gateway.close()
  const answer = await asked
  expect(await answer.json()).toMatchObject({ error: { code: 'stopping' } })
  expect(answer.status).toBe(503)
  expect(answer.headers.get('retry-after')).toBe('1')
})

test('a reload answers new requests by the new configuration and ends running ones by the old', async () => {
  const [a, b, c] = await twins(3, 20)
  const { gateway, log } = await start(configOf({ a: a!, b: b! }, '{ e: { members: [{ id: a }, { id: b }] } }'))
  const met = b!.calls.length
  const running = ask(gateway, { ...slow, max_tokens: 60 })
  await expect.poll(() => b!.calls.length).toBeGreaterThan(met)
  const probes = a!.calls.length
  await gateway.reload(async () =>
    configOf({ a: a!, c: c! }, '{ f: { members: [{ id: a, weight: 3 }, { id: c, weight: 1 }] } }'),
  )
  expect((await ask(gateway, {})).status).toBe(404)
  const found = (await (await ask(gateway, { model: 'f', max_tokens: 1 })).json()) as Answer
  expect(found.ensemble.members.map(({ id, weight }) => [id, weight])).toEqual([
    ['a', 0.75],
    ['c', 0.25],
  ])
  const old = (await (await running).json()) as Answer
  expect(old.ensemble).toMatchObject({ name: 'e', degraded: false })
  expect(old.ensemble.members.map(({ id }) => id)).toEqual(['a', 'b'])
  // A member of the same configuration is kept: nobody asked it anew what it is.
  expect(a!.calls.slice(probes).filter(({ route }) => route.includes('props'))).toEqual([])
  expect(log.map(({ msg }) => msg)).not.toContain('members that are no longer used did not end')
})

interface Answer {
  readonly ensemble: {
    readonly name: string
    readonly degraded: boolean
    readonly members: readonly { readonly id: string; readonly weight: number }[]
  }
}

test('a configuration that can not work changes nothing', async () => {
  const [a] = await twins(1)
  const { gateway } = await start(configOf({ a: a! }, one))
  const config = configOf({ a: a!, b: a! }, '{ e: { members: [{ id: a }, { id: b }] } }')
  const broken: Config = {
    ...config,
    members: config.members.map((member) =>
      member.id === 'b' ? ({ ...member, tokenizer: '/nowhere/tokenizer.json' } as typeof member) : member,
    ),
  }
  await expect(gateway.reload(async () => broken)).rejects.toMatchObject({ code: 'invalid_model' })
  expect((await ask(gateway, { max_tokens: 1 })).status).toBe(200)
  await gateway.reload(async () => configOf({ a: a! }, '{ g: { members: [{ id: a }] } }'))
  expect((await ask(gateway, { model: 'g', max_tokens: 1 })).status).toBe(200)
})

test('fields that need a restart are named when a reload changes them', async () => {
  const [a] = await twins(1)
  const { gateway, log } = await start(configOf({ a: a! }, one))
  await gateway.reload(async () => configOf({ a: a! }, one, 'body_limit_bytes: 5000, log_level: info'))
  expect(log).toContainEqual(expect.objectContaining({ fields: ['server.body_limit_bytes'] }))
})
