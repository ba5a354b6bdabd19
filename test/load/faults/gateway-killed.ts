import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort, startRedis } from '../../redis/redis-server.ts'
import type { ScenarioRequest } from '../scenario.ts'
import { loadDuring, mixed } from './load-during.ts'
import { start, startTutti, untilUp } from './processes.ts'
import { startShippedWorkers } from './shipped-members.ts'
import { failures } from './worker-killed.ts'

const killedAt = 6
const seconds = 20
const limit = 60
const callers = { many: 'a-key-without-a-limit', few: 'a-key-with-a-limit-x' }

const counted: readonly ScenarioRequest[] = [
  { name: 'predict', weight: 1, path: '/v1/predict', body: { model: 'tutti', prompt: 'We' }, optional: false },
]

/** Two gateways behind HAProxy, counting in Redis as docker-compose.yml's profile `scale` has it; one is killed under load. */
export async function killGateway(rate: number, folder: string): Promise<[string, string][]> {
  const redis = await startRedis(await freePort())
  const shipped = await startShippedWorkers()
  const ports = [await freePort(), await freePort()]
  const gateways = ports.map((port) => {
    const config = join(folder, `gateway-${port}.yaml`)
    const keys = [
      { name: 'many', env: 'KEY_MANY' },
      { name: 'few', env: 'KEY_FEW', requests_per_minute: limit },
    ]
    writeFileSync(
      config,
      shipped.config({
        server: { port, keys, log_level: 'silent' },
        redis: { url: redis.url, timeout_ms: 1000, on_failure: 'closed' },
      }),
    )
    return startTutti(['serve', '--config', config], { KEY_MANY: callers.many, KEY_FEW: callers.few })
  })
  const [bind, health] = [await freePort(), await freePort()]
  const balancer = start('haproxy', ['-q', '-f', 'config/haproxy.cfg'], {
    BIND: `127.0.0.1:${bind}`,
    HEALTH: `127.0.0.1:${health}`,
    GATEWAY_ONE: `127.0.0.1:${ports[0]}`,
    GATEWAY_TWO: `127.0.0.1:${ports[1]}`,
  })
  const url = `http://127.0.0.1:${bind}`
  try {
    await Promise.all(ports.map((port) => untilUp(`http://127.0.0.1:${port}/readyz`)))
    await untilUp(`${url}/readyz`)
    await loadDuring({ url, key: callers.many, requests: mixed, rate, seconds: 5 }, [])
    const kill = { atSeconds: killedAt, name: 'killed', act: () => (gateways[0] as (typeof gateways)[0]).kill() }
    const [busy, limited] = await Promise.all([
      loadDuring({ url, key: callers.many, requests: mixed, rate, seconds }, [kill]),
      // One and a half times as many as the key may ask for in its minute.
      loadDuring({ url, key: callers.few, requests: counted, rate: (1.5 * limit) / seconds, seconds }, []),
    ])
    const unlimited = limited.outcomes.filter(({ code }) => code !== 'rate_limit_exceeded')
    return [
      ['requests', String(busy.outcomes.length)],
      ['failed', failures(busy.outcomes)],
      ['longest answer', `${Math.round(Math.max(...busy.outcomes.map(({ latencyMs }) => latencyMs)))} ms`],
      [`requests of a key that has ${limit} a minute`, String(limited.outcomes.length)],
      ['of these answered', String(unlimited.filter(({ code }) => code === 'ok').length)],
      ['refused with 429', String(limited.outcomes.length - unlimited.length)],
      ['failed otherwise', failures(unlimited)],
    ]
  } finally {
    await balancer.stop()
    await Promise.all(gateways.map((gateway) => gateway.stop()))
    await shipped.stop()
    await redis.close()
  }
}
