import { Redis } from 'ioredis'
import { afterEach, expect, test } from 'vitest'
import type { KeyConfig } from '../../src/config/config.ts'
import { hashOfKey } from '../../src/config/resolve-server.ts'
import { connectRedis, type SharedCounters } from '../../src/server/rates/redis.ts'
import { fakeServer } from '../server/fake.ts'
import { freePort, type RedisServer, startRedis } from './redis-server.ts'

const secret = 'tutti-the-key-of-alice'
const headers = { authorization: `Bearer ${secret}` }
const unlimited = { ensembles: null, requestsPerMinute: null, costPerMinute: null, concurrency: null }
const keyWith = (limits: Partial<KeyConfig>): KeyConfig => ({
  name: 'alice',
  sha256: hashOfKey(secret),
  ...unlimited,
  ...limits,
})

const servers: RedisServer[] = []
const counters: SharedCounters[] = []
afterEach(async () => {
  for (const one of counters.splice(0)) one.close()
  await Promise.all(servers.splice(0).map((one) => one.close()))
})

async function redis(port?: number): Promise<RedisServer> {
  const server = await startRedis(port ?? (await freePort()))
  servers.push(server)
  return server
}

/** Two gateways that share a Redis. */
async function twoGateways(url: string, key: KeyConfig, onFailure: 'open' | 'closed' = 'open') {
  const states: (string | null)[] = []
  const connect = async () => {
    const options = { url, prefix: 'tutti:', timeoutMs: 250, onFailure }
    const connected = await connectRedis(options, (reason) => states.push(reason))
    counters.push(connected)
    return (await fakeServer({ keys: [key], sharedCounters: connected })).app
  }
  const apps = [await connect(), await connect()] as const
  const ask = async (gateway: number, payload: object | null = null) => {
    const request = payload === null ? ({ method: 'GET', url: '/v1/models' } as const) : completion(payload)
    return (await apps[gateway % 2]!.inject({ ...request, headers })).statusCode
  }
  return { ask, states }
}

const completion = (payload: object) => ({ method: 'POST' as const, url: '/v1/completions', payload })

const count = (statuses: readonly number[], status: number) => statuses.filter((one) => one === status).length

test('of 300 requests at once over two gateways exactly the 100 that the key may have are let through', async () => {
  const { url } = await redis()
  const { ask } = await twoGateways(url, keyWith({ requestsPerMinute: 100 }))
  const statuses = await Promise.all(Array.from({ length: 300 }, (_, index) => ask(index)))
  expect([count(statuses, 200), count(statuses, 429)]).toEqual([100, 200])
})

test('cost is shared as exactly: 22 for each request, and 500 to spend', async () => {
  const { url } = await redis()
  const { ask } = await twoGateways(url, keyWith({ costPerMinute: 500 }))
  const payload = { model: 'tutti', prompt: 'x', max_tokens: 10 }
  const statuses = await Promise.all(Array.from({ length: 60 }, (_, index) => ask(index, payload)))
  expect([count(statuses, 200), count(statuses, 429)]).toEqual([22, 38])
})

test.each([
  ['open', 200],
  ['closed', 503],
] as const)(
  'when Redis is killed under load, requests are answered as configured (%s: %i), and counted again after',
  async (onFailure, status) => {
    const port = await freePort()
    const server = await redis(port)
    const { ask, states } = await twoGateways(server.url, keyWith({ requestsPerMinute: 50 }), onFailure)
    const before = await Promise.all(Array.from({ length: 20 }, (_, index) => ask(index)))
    expect(count(before, 200)).toBe(20)
    const during = Array.from({ length: 20 }, (_, index) => ask(index))
    await server.kill()
    expect(count(await Promise.all(during), 200) + count(await Promise.all(during), 503)).toBe(20)
    const started = performance.now()
    const without = await Promise.all(Array.from({ length: 200 }, (_, index) => ask(index)))
    expect(count(without, status)).toBe(200)
    expect(performance.now() - started).toBeLessThan(5_000)
    await redis(port)
    await expect.poll(() => states.slice(-2), { timeout: 10_000 }).toEqual([null, null])
    const after = await Promise.all(Array.from({ length: 120 }, (_, index) => ask(index)))
    expect([count(after, 200), count(after, 429)]).toEqual([50, 70])
  },
)

test('a Redis that becomes a replica is down, and up when it is a primary again', async () => {
  const { url } = await redis()
  const { ask, states } = await twoGateways(url, keyWith({ requestsPerMinute: 50 }))
  const admin = new Redis(url)
  // Nobody listens on port 1: what it holds stays as it is.
  await admin.replicaof('127.0.0.1', 1)
  expect([await ask(0), await ask(1)]).toEqual([200, 200])
  expect(states).toEqual([null, null, expect.stringMatching(/^READONLY/), expect.stringMatching(/^READONLY/)])
  await admin.replicaof('NO', 'ONE')
  await expect.poll(() => states.slice(4), { timeout: 10_000 }).toEqual([null, null])
  admin.disconnect()
  const after = await Promise.all(Array.from({ length: 120 }, (_, index) => ask(index)))
  expect([count(after, 200), count(after, 429)]).toEqual([50, 70])
})

test('a gateway starts without Redis, and says so without the password', async () => {
  const port = await freePort()
  const said: (string | null)[] = []
  const url = `redis://:CANARY-password@127.0.0.1:${port}`
  const connected = await connectRedis({ url, prefix: 'tutti:', timeoutMs: 250, onFailure: 'open' }, (reason) =>
    said.push(reason),
  )
  counters.push(connected)
  const { app } = await fakeServer({ keys: [keyWith({ requestsPerMinute: 1 })], sharedCounters: connected })
  expect((await app.inject({ url: '/v1/models', headers })).statusCode).toBe(200)
  expect(said[0]).toBe('ECONNREFUSED')
  expect(JSON.stringify(said)).not.toContain('CANARY')
})
