import { rmSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import type { Command } from 'commander'
import { loadConfig } from '../config/load.ts'
import { type QuestionOptions, questionOf, sizeOf, withDataOptions } from './data-options.ts'
import { integerBetween } from './options.ts'
import { progressOf } from './progress.ts'
import { shippedConfig } from './serve.ts'
import { showStandings } from './show-standings.ts'
import type { Terminal } from './terminal.ts'

interface Options extends QuestionOptions {
  readonly config: string
  readonly ensemble: string
  readonly data: string
  readonly weights: readonly string[]
  readonly out: string
  readonly seed: number
}

export function defineEvaluate(program: Command, terminal: Terminal): void {
  const command = program
    .command('evaluate')
    .description('measure an ensemble, its members and other weights on data, with intervals')
    .option('-c, --config <file>', 'configuration (YAML)', shippedConfig)
    .requiredOption('-e, --ensemble <name>', 'ensemble to measure')
  withDataOptions(command)
    .option('-w, --weights <file...>', 'weights files that take part as well', [])
    .option('-o, --out <name>', 'writes <name>.json and <name>.html', 'evaluation')
    .option('--seed <n>', 'of the intervals', integerBetween(0, 2 ** 32 - 1), 1)
    .addHelpText('after', '\nA run that was stopped goes on where it was: finished rows are kept in <name>.journal.')
    .action((options: Options) => run(options, terminal))
}

async function run(options: Options, terminal: Terminal): Promise<void> {
  const config = await loadConfig(options.config, process.env)
  // Loaded here, as for `serve`.
  const { readData } = await import('../compose/evaluation/read-rows.ts')
  const { openEnsemble } = await import('../compose/evaluation/open-ensemble.ts')
  const { evaluate } = await import('../compose/evaluation/evaluate.ts')
  const { pageOf, verdictLine } = await import('./report/page.ts')
  const data = readData(options.data, questionOf(options))
  const open = await openEnsemble(config, options.ensemble)
  const journal = `${options.out}.journal`
  try {
    const progress = progressOf('measuring', sizeOf(data), terminal, () => performance.now())
    const report = await evaluate(open, data, {
      dataName: basename(options.data),
      weights: options.weights,
      journal,
      seed: options.seed,
      onRow: progress.advance,
    })
    progress.done()
    writeFileSync(`${options.out}.json`, `${JSON.stringify(report, null, 2)}\n`)
    writeFileSync(`${options.out}.html`, pageOf(report))
    rmSync(journal)
    const tables = report.measures.flatMap(({ name, standings }) => [...showStandings(standings, name, 4), ''])
    const files = `${options.out}.json, ${options.out}.html`
    terminal.write(`${[...tables, verdictLine(report), files].join('\n')}\n`)
  } finally {
    await open.close()
  }
}
