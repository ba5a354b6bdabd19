import { median, span } from '../generation/measure.ts'
import { closedLoop, type Measured, type Subject } from './closed-loop.ts'
import { startServers } from './start-servers.ts'
import { type Running, startBareLoop, startGateway, startPortkey, startSkeleton } from './subjects.ts'

const connections = [1, 8, 32, 128]

/** Until what runs often is compiled; of a gateway there is more to compile than of a loop. */
const warmSeconds = 10

export interface PeersOptions {
  readonly folder: string
  readonly rounds: number
  readonly seconds: number
}

/** Tutti, the bare loop, the skeleton and Portkey in turn, over the same servers. The table, and how the aims were met. */
export async function againstPeers({ folder, rounds, seconds }: PeersOptions): Promise<string> {
  const servers = await startServers('openai', 3)
  const members = servers.urls.map((url, index) => [`m${index}`, { kind: 'openai', url: `${url}/v1`, ...openai }])
  const ids = members.map(([id]) => ({ id }))
  const gateway = await startGateway(folder, {
    members: Object.fromEntries(members),
    ensembles: { e: { members: ids } },
  })
  const running: Running[] = [await startBareLoop(servers.urls), gateway, await startPortkey(servers.urls[0] as string)]
  const found = new Map<string, Measured[]>()
  try {
    const { calls, answer } = await one(servers, gateway.subject)
    running.splice(1, 0, await startSkeleton(folder, answer, servers.urls))
    const subjects = running.map(({ subject }) => subject)
    for (const subject of subjects) await closedLoop(subject, 32, warmSeconds)
    for (let round = 0; round < rounds; round++) {
      for (const count of connections) {
        // Each round begins with another subject, so that none always comes after the same.
        for (const [at] of subjects.entries()) {
          const subject = subjects[(at + round) % subjects.length] as Subject
          const name = `${count} ${subject.name}`
          const measured = await closedLoop(subject, count, seconds)
          found.set(name, [...(found.get(name) ?? []), measured])
          console.error(round, name, measured)
        }
      }
    }
    const names = subjects.map(({ name }) => name)
    return [table(found, names), '', verdict(found), '', `Calls that one prediction makes: ${calls}.`].join('\n')
  } finally {
    await Promise.all(running.map(({ stop }) => stop()))
    servers.stop()
  }
}

const openai = { api: 'completions', model: 'bigrams' }

/** One request of a gateway: the calls that it makes of each server, and what it answers. */
async function one(
  servers: Awaited<ReturnType<typeof startServers>>,
  { url, path, headers, body }: Subject,
): Promise<{ readonly calls: string; readonly answer: string }> {
  await servers.calls()
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  })
  const answer = await response.text()
  const { ensemble } = JSON.parse(answer) as { ensemble: { degraded: boolean } }
  if (ensemble.degraded) throw new Error('the ensemble is degraded')
  const perServer = (await servers.calls()).map((calls) => Object.values(calls).reduce((sum, count) => sum + count, 0))
  return { calls: perServer.join(' + '), answer }
}

function of(found: Map<string, Measured[]>, count: number, name: string, figure: keyof Measured): number[] {
  return (found.get(`${count} ${name}`) ?? []).map((measured) => measured[figure])
}

function table(found: Map<string, Measured[]>, names: readonly string[]): string {
  const heads = [
    'connections',
    '',
    'requests/s',
    'of the bare loop',
    'p50, ms',
    'p99, ms',
    'processor, µs a request',
    'resident, MiB',
  ]
  const rows = connections.flatMap((count) =>
    names.map((name) => {
      const figures = (figure: keyof Measured) => of(found, count, name, figure)
      const ratios = figures('perSecond').map(
        (perSecond, round) => perSecond / (of(found, count, 'bare loop', 'perSecond')[round] as number),
      )
      return [
        String(count),
        name,
        span(figures('perSecond'), 0),
        span(ratios, 2),
        span(figures('p50'), 2),
        span(figures('p99'), 2),
        span(figures('processorUs'), 0),
        span(figures('residentMiB'), 0),
      ]
    }),
  )
  return [heads, ['---:', '---', ...Array(6).fill('---:')], ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')
}

function verdict(found: Map<string, Measured[]>): string {
  const middle = (count: number, name: string, figure: keyof Measured) => median(of(found, count, name, figure))
  const ratio = (name: string) =>
    connections
      .map((count) => (middle(count, 'Tutti', 'perSecond') / middle(count, name, 'perSecond')).toFixed(2))
      .join(', ')
  const added = (figure: 'p50' | 'p99') => (middle(1, 'Tutti', figure) - middle(1, 'bare loop', figure)).toFixed(2)
  return [
    `Requests a second at ${connections.join(', ')} connections: ${ratio('bare loop')} of the bare loop's (aim: 0.8), ${ratio('skeleton')} of the skeleton's, ${ratio('Portkey')} times Portkey's (aim: 3).`,
    `Added at one connection over the bare loop: ${added('p50')} ms at p50, ${added('p99')} ms at p99 (aim: 1).`,
  ].join(' ')
}
