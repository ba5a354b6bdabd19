import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../redis/redis-server.ts'
import type { Outcome } from '../outcome.ts'
import { loadDuring, mixed } from './load-during.ts'
import { type Started, startTutti, untilUp } from './processes.ts'
import { startShippedWorkers } from './shipped-members.ts'

const killedAt = 8
const backAt = 16
const seconds = 30

/** One of three workers is killed under load and started again. Rows of a table; the second of each is its figure. */
export async function killWorker(rate: number, folder: string): Promise<[string, string][]> {
  const shipped = await startShippedWorkers()
  const port = await freePort()
  const config = join(folder, 'worker-killed.yaml')
  writeFileSync(config, shipped.config({ server: { port, log_level: 'silent' } }))
  const gateway = startTutti(['serve', '--config', config])
  const url = `http://127.0.0.1:${port}`
  const victim = shipped.ids.at(-1) as string
  const worker = shipped.workers.get(victim) as Started
  try {
    await untilUp(`${url}/readyz`)
    await loadDuring({ url, key: null, requests: mixed, rate, seconds: 5 }, [])
    const { times, outcomes } = await loadDuring({ url, key: null, requests: mixed, rate, seconds }, [
      { atSeconds: killedAt, name: 'killed', act: () => worker.kill() },
      {
        atSeconds: backAt,
        name: 'ready',
        async act() {
          worker.restart()
          await untilUp(shipped.readyUrl(victim))
        },
      },
    ])
    return describe(outcomes, times, victim)
  } finally {
    await gateway.stop()
    await shipped.stop()
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
    ['degraded from 2 s after it was ready again', whole(between(ready + 2_000, Number.POSITIVE_INFINITY))],
    ['last degraded answer was asked for, after it was ready', `${Math.round(last - ready)} ms`],
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
