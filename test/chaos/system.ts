import { compose, type Gateway } from '../../src/compose.ts'
import { parseConfig } from '../../src/config/parse.ts'
import { createLogger } from '../../src/observability/logger.ts'
import { startTwin } from '../wire/kit/twin.ts'
import { llamacpp } from '../wire/llamacpp.ts'
import { until } from '../worker/support.ts'
import type { Adapter, Served } from './adapters.ts'
import type { Cell } from './cells.ts'
import { type FaultyProxy, startFaultyProxy } from './faulty-proxy.ts'
import { weights } from './judge.ts'
import { roundModel, tokenizerDir } from './models.ts'
import type { Times } from './times.ts'

/** A cell with the ensemble that it asks, and the proxies that its fault is of. */
export interface Placed {
  readonly cell: Cell
  readonly ensemble: string
  readonly proxies: readonly FaultyProxy[]
}

/** A gateway over two healthy members, and for each cell one behind a proxy of its own. */
export interface System {
  readonly gateway: Gateway
  readonly served: Served
  readonly times: Times
  readonly placed: readonly Placed[]
  /** Lines of the log from `error` on. */
  readonly errors: readonly string[]
  readonly proxies: readonly FaultyProxy[]
  close(): Promise<void>
}

const healthy = { kind: 'llamacpp', tokenizer: tokenizerDir }

/** Who is in an ensemble, by the letter of each. */
const seats = (ids: readonly string[]) => ids.map((id) => ({ id, weight: weights.get(id.slice(0, 1)) }))

/** Ensembles that answer without a fault: `all`, and `sound` without the faulty member. */
export async function startSystem(adapter: Adapter, cells: readonly Cell[], times: Times): Promise<System> {
  const { deadlineMs, graceMs, member: timeouts } = times
  const [a, b] = await Promise.all([1, 2].map((seed) => startTwin(llamacpp, roundModel(seed))))
  const served = await adapter.start()
  const strategy = adapter.answers ? { strategy: 'majority' } : {}
  const common = { lead: 'a', granularity: 'byte', deadline_ms: deadlineMs, ...strategy }
  const members: Record<string, object> = {
    a: { ...healthy, url: a!.url },
    b: { ...healthy, url: b!.url },
    x: { ...adapter.fields, url: served.url },
  }
  // Nobody is in a hurry where the truth is asked for.
  const ensembles: Record<string, object> = {
    sound: { ...common, members: seats(['a', 'b']), deadline_ms: 20_000 },
    all: { ...common, members: seats(['a', 'b', 'x']), deadline_ms: 20_000 },
  }
  const faulty = async (id: string, to: string, fields: object) => {
    const proxy = await startFaultyProxy(to)
    members[id] = { ...fields, url: proxy.url, timeouts, breaker: { failures: 5, open_ms: 300 } }
    return proxy
  }
  const placed = await Promise.all(
    cells.map(async (cell, index): Promise<Placed> => {
      const proxies = [await faulty(`x${index}`, served.url, adapter.fields)]
      const ids = ['a', 'b', `x${index}`]
      if (cell.fault.all) {
        proxies.push(await faulty(`a${index}`, a!.url, healthy), await faulty(`b${index}`, b!.url, healthy))
        ids.splice(0, 2, `a${index}`, `b${index}`)
      }
      const quorum = cell.met ? { quorum: 2, grace_ms: graceMs } : { quorum: 3 }
      // The faulty one leads where others can go on without it.
      const lead = cell.met ? `x${index}` : ids[0]
      ensembles[`e${index}`] = { ...common, lead, members: seats(ids), ...quorum }
      return { cell, ensemble: `e${index}`, proxies }
    }),
  )
  const text = JSON.stringify({ server: { port: 0, log_level: 'error' }, members, ensembles })
  const errors: string[] = []
  const logger = createLogger('error', { write: (line) => errors.push(line) })
  const gateway = await compose(parseConfig(text, { file: 'chaos.yaml', folder: '/', env: {} }), logger, 'chaos')
  await until(async () => (await fetch(`${gateway.url}/readyz`)).status === 200, 30_000)
  const proxies = placed.flatMap((one) => one.proxies)
  return {
    gateway,
    served,
    times,
    placed,
    errors,
    proxies,
    async close() {
      await Promise.all(proxies.map((proxy) => proxy.close()))
      await Promise.all([served.close(), a!.close(), b!.close()])
    },
  }
}
