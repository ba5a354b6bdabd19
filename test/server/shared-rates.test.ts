import { afterEach, expect, test } from 'vitest'
import { compose } from '../../src/compose.ts'
import { parseConfig } from '../../src/config/parse.ts'
import { createLogger } from '../../src/observability/logger.ts'
import { smallModel } from '../conformance/support.ts'
import { startTwin } from '../wire/kit/twin.ts'
import { llamacpp } from '../wire/llamacpp.ts'
import { type Scripts, startFakeRedis } from './fake-redis.ts'

const key = 'tutti-the-key-of-alice'
const readOnly = "-READONLY You can't write against a read only replica."

const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

/** A gateway whose one key has two requests a minute, counted by a fake Redis. */
async function start(scripts: Scripts, onFailure: 'open' | 'closed' = 'open') {
  const [twin, redis] = await Promise.all([startTwin(llamacpp, smallModel()), startFakeRedis(scripts)])
  open.push(twin, redis)
  const config = parseConfig(
    `
server: { port: 0, metrics: open, keys: [{ name: alice, env: KEY, requests_per_minute: 2 }] }
redis: { url: '${redis.url}', on_failure: ${onFailure} }
members: { a: { kind: llamacpp, url: '${twin.url}' } }
ensembles: { e: { members: [{ id: a }] } }
`,
    { file: 'x.yaml', folder: '/', env: { KEY: key } },
  )
  const lines: string[] = []
  const gateway = await compose(config, createLogger('info', { write: (line) => lines.push(line) }), '0.0.0')
  open.push(gateway)
  return {
    redis,
    ask: () => fetch(`${gateway.url}/v1/models`, { headers: { authorization: `Bearer ${key}` } }),
    /** What the log has said of Redis. */
    said: () =>
      lines
        .map((line) => JSON.parse(line) as { msg: string; reason?: string })
        .filter(({ msg }) => msg.startsWith('redis'))
        .map(({ msg, reason = '' }) => `${msg} ${reason}`.trim()),
    async up() {
      const page = await (await fetch(`${gateway.url}/metrics`)).text()
      return Number(/^tutti_redis_up (\d)$/m.exec(page)?.[1])
    },
  }
}

test.each([
  ['is a replica', readOnly, "redis down READONLY You can't write against a read only replica."],
  ['forbids the script', "-NOPERM User x has no permissions to run the 'eval' command", /^redis down NOPERM /],
  ['has no memory', '-OOM command not allowed when used memory > maxmemory.', /^redis down OOM /],
  ['hangs', 'silence', /^redis down .*timed out/i],
] as const)(
  'a Redis that is connected and %s is down, which is said once, and up when it counts again',
  async (_, scripts, why) => {
    const { redis, ask, said, up } = await start('counted')
    expect([await up(), said()]).toEqual([1, ['redis up']])
    redis.say(scripts)
    for (let request = 0; request < 4; request++) {
      const answer = await ask()
      expect([answer.status, answer.headers.get('x-ratelimit-limit-requests')]).toEqual([200, null])
    }
    expect(await up()).toBe(0)
    expect(said().slice(1)).toEqual([why instanceof RegExp ? expect.stringMatching(why) : why])
    redis.say('counted')
    await expect.poll(up, { timeout: 10_000 }).toBe(1)
    expect(said().slice(2)).toEqual(['redis up'])
    expect([(await ask()).status, (await ask()).status, (await ask()).status]).toEqual([200, 200, 429])
  },
)

test('a gateway that starts beside a replica says that it does not count before it listens', async () => {
  const { ask, said, up } = await start(readOnly)
  expect(said()).toEqual([expect.stringMatching(/^redis down READONLY/)])
  expect([(await ask()).status, await up()]).toEqual([200, 0])
})

test('with `closed` no request is let through while Redis does not count', async () => {
  const { ask } = await start(readOnly, 'closed')
  expect((await ask()).status).toBe(503)
})

test('while Redis hangs no request asks it', async () => {
  const { redis, ask } = await start('silence')
  const before = redis.asked
  const began = performance.now()
  await Promise.all(Array.from({ length: 50 }, ask))
  // The gateway's own looks may fall into that time.
  expect(redis.asked - before).toBeLessThanOrEqual(1 + (performance.now() - began) / 250)
})
