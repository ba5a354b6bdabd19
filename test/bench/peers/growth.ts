import { span } from '../generation/measure.ts'
import type { PeersOptions } from './against-peers.ts'
import { closedLoop, type Measured } from './closed-loop.ts'
import { startServers } from './start-servers.ts'
import { startGateway } from './subjects.ts'

const memberCounts = [1, 2, 3, 5, 8, 16]
const listLengths = [5, 20, 50, 100]
const promptBytes = [100, 1_000, 10_000, 100_000]
const connections = 8

interface Case {
  readonly label: string
  readonly body: object
}

/** What a prediction costs as members, lists and prompts grow. */
export async function growth({ folder, rounds, seconds }: PeersOptions): Promise<string> {
  const most = Math.max(...memberCounts)
  const texts = await startServers('openai', most)
  const lists = await startServers('llamacpp', 3)
  const openai = { kind: 'openai', api: 'completions', model: 'bigrams' }
  const few = [0, 1, 2].map((index) => ({ id: `m${index}` }))
  const gateway = await startGateway(folder, {
    members: Object.fromEntries([
      ...texts.urls.map((url, index) => [`m${index}`, { ...openai, url: `${url}/v1` }]),
      ...lists.urls.map((url, index) => [`l${index}`, { kind: 'llamacpp', url }]),
    ]),
    ensembles: Object.fromEntries([
      ...memberCounts.map((count) => [
        `members-${count}`,
        { members: Array.from({ length: count }, (_, index) => ({ id: `m${index}` })) },
      ]),
      ...listLengths.map((length) => [
        `lists-${length}`,
        { members: [0, 1, 2].map((index) => ({ id: `l${index}` })), granularity: 'token', top_k: length },
      ]),
      ['e', { members: few }],
    ]),
  })
  const cases: Case[] = [
    ...memberCounts.map((count) => ({ label: `${count} members`, body: { model: `members-${count}`, prompt: 'of' } })),
    ...listLengths.map((length) => ({ label: `lists of ${length}`, body: { model: `lists-${length}`, prompt: 'of' } })),
    ...promptBytes.map((bytes) => ({
      label: `prompt of ${bytes} bytes`,
      body: { model: 'e', prompt: 'of the state '.repeat(bytes / 13 + 1).slice(0, bytes) },
    })),
  ]
  const found = new Map<string, Measured[]>()
  try {
    for (let round = 0; round <= rounds; round++) {
      for (const { label, body } of cases) {
        const measured = await closedLoop({ ...gateway.subject, body: JSON.stringify(body) }, connections, seconds)
        // The first round warms up.
        if (round > 0) found.set(label, [...(found.get(label) ?? []), measured])
        console.error(round, label, measured)
      }
    }
  } finally {
    await gateway.stop()
    texts.stop()
    lists.stop()
  }
  const rows = [...found].map(([label, list]) => [
    label,
    span(
      list.map(({ perSecond }) => perSecond),
      0,
    ),
    span(
      list.map(({ p50 }) => p50),
      2,
    ),
    span(
      list.map(({ p99 }) => p99),
      2,
    ),
    span(
      list.map(({ processorUs }) => processorUs),
      0,
    ),
  ])
  const heads = ['', 'requests/s', 'p50, ms', 'p99, ms', 'processor, µs a request']
  return [heads, ['---', ...Array(4).fill('---:')], ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}
