/**
 * Load at rates that nothing the gateway does can slow down. Without `--url` it starts the gateway of `--config` itself.
 *
 *   npm run load
 *   npm run load -- --scenario test/load/scenarios/saturation.yaml --out reports/
 *   npm run load -- --url http://localhost:8080 --watch gateway=http://localhost:8080/metrics
 *
 * A key is taken from TUTTI_KEY. Exit code: 0 when all thresholds were kept, 1 when not, 2 when it could not run.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type LocalGateway, startLocalGateway } from './local-gateway.ts'
import { chartsOf, toPage } from './report/page.ts'
import type { Report } from './report/report.ts'
import { tablesOf, toMarkdown } from './report/tables.ts'
import { routesOf } from './routes-of.ts'
import { runScenario, type StageFigures } from './run-scenario.ts'
import { readScenario, type Scenario } from './scenario.ts'
import { defineSender } from './send.ts'
import { watchProcesses } from './watch.ts'

const options = {
  scenario: { type: 'string', default: fileURLToPath(new URL('./scenarios/default.yaml', import.meta.url)) },
  url: { type: 'string' },
  config: { type: 'string' },
  // name=process id, or name=address of a gateway's /metrics or a worker's /v2/stats
  watch: { type: 'string', multiple: true },
  // Seconds of a single stage, instead of the scenario's stages.
  seconds: { type: 'string' },
  rate: { type: 'string' },
  // Folder for report.json, report.html and report.svg.
  out: { type: 'string' },
} as const

process.exitCode = await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  return 2
})

async function main(): Promise<number> {
  const { values } = parseArgs({ options })
  const scenario = withStage(readScenario(values.scenario), values)
  const gateway = values.url === undefined ? await startLocalGateway(values.config) : null
  try {
    return await measure(scenario, values.url ?? (gateway as LocalGateway).url, {
      watched: { ...gateway?.pids(), ...readWatched(values.watch ?? []) },
      out: values.out,
    })
  } finally {
    await gateway?.stop()
  }
}

interface Way {
  readonly watched: Readonly<Record<string, number | string>>
  readonly out: string | undefined
}

async function measure(scenario: Scenario, url: string, { watched, out }: Way): Promise<number> {
  const key = process.env['TUTTI_KEY'] ?? null
  const { requests, leftOut } = await routesOf(scenario, url, key)
  const started = new Date().toISOString()
  const now = () => performance.now()
  const sender = defineSender({ url, key, now })
  const figures = await runScenario(scenario, requests, {
    sender,
    now,
    watch: watchProcesses({ ...watched, 'load test': process.pid }, key),
    onStage: tellStage,
  })
  await sender.close()
  const report: Report = { ...figures, url, started, machine: machine(), scenario, left_out: leftOut }
  console.log(`\n${toMarkdown(tablesOf(report))}`)
  if (leftOut.length > 0) console.log(`\nNot sent, since the gateway has no such route: ${leftOut.join(', ')}.`)
  if (report.saturation !== null) console.log(`\nSustained: ${report.saturation.toPrecision(3)} requests/s.`)
  if (out !== undefined) writeReport(report, out)
  return report.verdicts.every(({ pass }) => pass) ? 0 : 1
}

function writeReport(report: Report, folder: string): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'report.json'), `${JSON.stringify(report, null, 2)}\n`)
  writeFileSync(join(folder, 'report.html'), toPage(report))
  writeFileSync(join(folder, 'report.svg'), chartsOf(report))
}

function tellStage({ rate, seconds, throughput, figures }: StageFigures, label: string): void {
  const { p50, p99 } = figures.latency_ms
  const times = p50 === null || p99 === null ? '' : `, p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms`
  console.log(
    `${label}: ${rate.toPrecision(3)}/s due for ${seconds} s, ${throughput.toPrecision(3)}/s answered, ${figures.failed} failed${times}`,
  )
}

function withStage(scenario: Scenario, { rate, seconds }: { rate?: string; seconds?: string }): Scenario {
  if (rate === undefined && seconds === undefined) return scenario
  const last = scenario.stages.at(-1) as Scenario['stages'][number]
  return { ...scenario, stages: [{ rate: Number(rate ?? last.rate), seconds: Number(seconds ?? last.seconds) }] }
}

function readWatched(list: readonly string[]): Record<string, number | string> {
  return Object.fromEntries(
    list.map((entry) => {
      const [name, source] = entry.split(/=(.*)/s)
      if (name === undefined || source === undefined || source === '') throw new Error(`--watch ${entry}: name=source`)
      return [name, /^\d+$/.test(source) ? Number(source) : source]
    }),
  )
}

function machine(): string {
  return `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`
}
