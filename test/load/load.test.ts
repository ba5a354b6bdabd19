import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { compose, type Gateway } from '../../src/compose.ts'
import { parseConfig } from '../../src/config/parse.ts'
import { createLogger } from '../../src/observability/logger.ts'
import { bigrams, tokenizerFolder } from '../bench/streams/bigrams.ts'
import { startTwin, type Twin } from '../wire/kit/twin.ts'
import { vllm } from '../wire/vllm.ts'
import { chartsOf, toPage } from './report/page.ts'
import type { Report } from './report/report.ts'
import { tablesOf, toMarkdown } from './report/tables.ts'
import { routesOf } from './routes-of.ts'
import { runScenario } from './run-scenario.ts'
import { parseScenario, readScenario, type Scenario } from './scenario.ts'
import { defineSender } from './send.ts'
import { watchProcesses } from './watch.ts'

const scenario = parseScenario(`
requests:
  - { name: predict, weight: 2, path: /v1/predict, body: { model: duo }, prompts: [of, to] }
  - { name: completion, path: /v1/completions, body: { model: duo, max_tokens: 3 }, prompts: [of] }
  - { name: stream, path: /v1/completions, body: { model: duo, max_tokens: 4, stream: true }, prompts: [of] }
  - { name: later, path: /v1/not-yet, body: {}, optional: true }
stages: [{ rate: 4, seconds: 1 }, { rate: 8, seconds: 1 }]
ramp: { from: 4, factor: 2, seconds: 0.5, most: 8, p99_ms: 20000, least_throughput_share: 0.01 }
thresholds: { failed_share: 0, degraded_share: 0, p99_ms: 20000 }
`)

let twins: Twin[]
let gateway: Gateway

beforeAll(async () => {
  twins = await Promise.all([0, 1].map((seed) => startTwin(vllm, bigrams(seed))))
  const member = ({ url }: Twin) => ({ kind: 'vllm', url, tokenizer: tokenizerFolder })
  const file = {
    server: { port: 0 },
    members: { one: member(twins[0]!), other: member(twins[1]!) },
    ensembles: { duo: { members: [{ id: 'one' }, { id: 'other' }], granularity: 'byte', top_k: 20 } },
  }
  const config = parseConfig(JSON.stringify(file), { file: 'load.yaml', folder: '/', env: {} })
  gateway = await compose(config, createLogger('silent', { write: () => {} }), '0.0.0')
})

afterAll(async () => {
  await gateway.close()
  await Promise.all(twins.map((twin) => twin.close()))
})

async function run(): Promise<Report> {
  const { requests, leftOut } = await routesOf(scenario, gateway.url, null)
  const now = () => performance.now()
  const sender = defineSender({ url: gateway.url, key: null, now })
  const watch = watchProcesses({ here: process.pid, gateway: `${gateway.url}/metrics` })
  const figures = await runScenario(scenario, requests, { sender, now, watch })
  await sender.close()
  return { ...figures, url: gateway.url, started: 'now', machine: 'this', scenario, left_out: leftOut }
}

test('a run over a real gateway counts what was sent, and says how long, by whom and with what', async () => {
  const report = await run()
  expect(report.total).toMatchObject({ requests: 12, answered: 12, failed: 0, degraded_share: 0, errors: {} })
  expect(report.stages.map(({ figures }) => figures.requests)).toEqual([4, 8])
  expect(report.ramp.map(({ rate, sustained }) => [rate, sustained])).toEqual([
    [4, true],
    [8, true],
  ])
  expect(report.saturation).toBe(8)
  expect(Object.entries(report.total.by_request).map(([name, { count }]) => [name, count])).toEqual(
    expect.arrayContaining([
      ['predict', 6],
      ['completion', 3],
      ['stream', 3],
    ]),
  )
  expect(report.total.first_token_ms.count).toBe(3)
  expect(report.total.token_gap_ms.count).toBeGreaterThan(0)
  expect(report.total.by_member['one']).toMatchObject({ count: 12, lost: 0 })
  for (const { processes } of report.stages) {
    for (const name of ['here', 'gateway']) {
      expect(processes[name]?.resident_mib).toBeGreaterThan(20)
      expect(processes[name]?.processor_share).toBeGreaterThanOrEqual(0)
    }
  }
  expect(report.verdicts.map(({ pass }) => pass)).toEqual([true, true, true])
  expect(report.left_out).toEqual(['later'])

  const page = toPage(report)
  expect(page).toContain('all thresholds kept')
  // It needs no other file: nothing is fetched.
  expect(page).not.toMatch(/<script|<link|<img|src=|href=|url\(/)
  expect(chartsOf(report)).toMatch(/^<svg [^>]*>/)
  expect(page + chartsOf(report)).not.toMatch(/NaN|undefined|Infinity/)
  expect(toMarkdown(tablesOf(report))).toContain('| predict | 6 |')
})

test('a member that fails makes degraded answers, which break the threshold', async () => {
  twins[1]!.faults = { refuse: { status: 500 } }
  const report = await run()
  twins[1]!.faults = {}
  expect(report.total.failed).toBe(0)
  expect(report.total.degraded_share).toBe(1)
  expect(report.total.by_member['other']?.count).toBe(0)
  expect(report.verdicts.find(({ threshold }) => threshold === 'degraded_share')?.pass).toBe(false)
  expect(toPage(report)).toContain('THRESHOLDS BROKEN')
})

test('a scenario is refused that asks for a route which is not there, or has a field that is none', async () => {
  const needed = { ...scenario, requests: scenario.requests.map((one) => ({ ...one, optional: false })) }
  await expect(routesOf(needed, gateway.url, null)).rejects.toThrow('no route /v1/not-yet')
  expect(() => parseScenario('requests: []\nstages: []\nsped: 1')).toThrow(/sped/)
})

test('the shipped scenarios are scenarios, and send the same but for the ramp', () => {
  const [usual, saturating] = ['default', 'saturation'].map((name) =>
    readScenario(fileURLToPath(new URL(`./scenarios/${name}.yaml`, import.meta.url))),
  ) as [Scenario, Scenario]
  const { ramp, ...rest } = saturating
  expect(ramp).toBeDefined()
  expect(rest).toEqual(usual)
})
