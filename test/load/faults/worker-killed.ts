import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from '../../redis/redis-server.ts'
import type { Outcome } from '../outcome.ts'
import { loadDuring, mixed } from './load-during.ts'
import { type Started, startTutti, untilUp } from './processes.ts'
import { startShippedWorkers } from './shipped-members.ts'

const killedAt = 8
const backAt = 16
const seconds = 30

/** A gateway over several workers, of which one can be killed. */
interface System {
  readonly url: string
  readonly victim: string
  kill(): Promise<void>
  /** Resolves when it is started, ready or not. */
  restart(): Promise<void>
  stop(): Promise<void>
}

/** The programs of docker-compose.yml as processes of this machine. */
export async function processes(folder: string): Promise<System> {
  const shipped = await startShippedWorkers()
  const port = await freePort()
  const config = join(folder, 'worker-killed.yaml')
  writeFileSync(config, shipped.config({ server: { port, log_level: 'silent' } }))
  const gateway = startTutti(['serve', '--config', config])
  const victim = shipped.ids.at(-1) as string
  const worker = shipped.workers.get(victim) as Started
  return {
    url: `http://127.0.0.1:${port}`,
    victim,
    kill: worker.kill,
    async restart() {
      worker.restart()
      await untilUp(shipped.readyUrl(victim))
    },
    async stop() {
      await gateway.stop()
      await shipped.stop()
    },
  }
}

/** Containers that run already. */
export function containers(url: string, engine: string, container: string): System {
  const run = promisify(execFile)
  const act = async (verb: string) => void (await run(engine, [verb, container]))
  return { url, victim: container, kill: () => act('kill'), restart: () => act('start'), stop: async () => {} }
}

/** A worker is killed under load and started again. Rows of a table; the second of each is its figure. */
export async function killWorker(rate: number, system: System): Promise<[string, string][]> {
  const { url, victim, kill, restart, stop } = system
  try {
    await untilUp(`${url}/readyz`)
    await loadDuring({ url, key: null, requests: mixed, rate, seconds: 5 }, [])
    const { times, outcomes } = await loadDuring({ url, key: null, requests: mixed, rate, seconds }, [
      { atSeconds: killedAt, name: 'killed', act: kill },
      { atSeconds: backAt, name: 'ready', act: restart },
    ])
    return describe(outcomes, times, victim)
  } finally {
    await stop()
  }
}

function describe(
  outcomes: readonly Outcome[],
  { killed = 0, ready = 0 }: Readonly<Record<string, number>>,
  victim: string,
): [string, string][] {
  const answered = outcomes.filter(({ code }) => code === 'ok')
  const degraded = answered.filter((outcome) => outcome.degraded)
  const between = (from: number, to: number) => answered.filter(({ dueMs }) => dueMs >= from && dueMs < to)
  const whole = (list: readonly Outcome[]) => `${list.filter((outcome) => outcome.degraded).length} of ${list.length}`
  const longest = (list: readonly Outcome[]) => Math.round(Math.max(0, ...list.map(({ latencyMs }) => latencyMs)))
  const last = Math.max(0, ...degraded.map(({ dueMs }) => dueMs))
  return [
    ['requests', String(outcomes.length)],
    ['failed', failures(outcomes)],
    [`degraded before ${victim} was killed`, whole(between(0, killed - 2_000))],
    ['degraded while it was gone', whole(between(killed, ready))],
    ['degraded from 2 s after it was back', whole(between(ready + 2_000, Number.POSITIVE_INFINITY))],
    ['last degraded answer was asked for, after it was back', `${Math.round(last - ready)} ms`],
    ['longest answer before', `${longest(between(0, killed - 2_000))} ms`],
    ['longest answer of the second round the kill', `${longest(between(killed - 1_000, killed + 1_000))} ms`],
  ]
}

/** How many failed, and of what. */
export function failures(outcomes: readonly Outcome[]): string {
  const failed = outcomes.filter(({ code }) => code !== 'ok')
  const codes = Map.groupBy(failed, ({ kind, code }) => `${kind}: ${code}`)
  return [String(failed.length), ...[...codes].map(([code, list]) => `${code} ×${list.length}`)].join(', ')
}
