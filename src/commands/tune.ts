import { writeFileSync } from 'node:fs'
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Tuned } from '../compose/evaluation/tune-text.ts'
import { loadConfig } from '../config/load.ts'
import type { WeightsFile } from '../config/weights-file.ts'
import { type QuestionOptions, questionOf, sizeOf, withDataOptions } from './data-options.ts'
import { integerBetween, numberBetween } from './options.ts'
import { progressOf } from './progress.ts'
import { shippedConfig } from './serve.ts'
import { showStandings, signed } from './show-standings.ts'
import type { Terminal } from './terminal.ts'

interface Options extends QuestionOptions {
  readonly config: string
  readonly ensemble: string
  readonly data: string
  readonly method: WeightsFile['method']
  readonly out: string
  readonly share: number
  readonly seed: number
  readonly date?: string
}

/** Ends `tune` when the learned ensemble was not shown to beat its best member. */
const notRecommended = 3

export function defineTune(program: Command, terminal: Terminal): void {
  const command = program
    .command('tune')
    .description('learn the weights of an ensemble from data, and prove them on other documents')
    .option('-c, --config <file>', 'configuration (YAML)', shippedConfig)
    .requiredOption('-e, --ensemble <name>', 'ensemble to learn for')
    .addOption(
      new Option('--method <method>', 'how weights are learned')
        .choices(['em', 'log_linear', 'stacking', 'select'])
        .default('em'),
    )
  withDataOptions(command)
    .option('-o, --out <file>', 'weights file to write', 'weights.json')
    .option('--share <share>', 'share of the documents to learn from', numberBetween(0.05, 0.95), 0.5)
    .option('--seed <n>', 'of the split and the intervals', integerBetween(0, 2 ** 32 - 1), 1)
    .option('--date <day>', 'day of the data, YYYY-MM-DD (default: when the file was last changed)', day)
    .addHelpText('after', `\nExit status ${notRecommended}: the ensemble was not shown to beat its best member.`)
    .action((options: Options) => tune(options, terminal))
}

function day(text: string): string {
  if (/^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text))) return text
  throw new InvalidArgumentError('It must be a day such as 2026-11-25.')
}

async function tune(options: Options, terminal: Terminal): Promise<void> {
  const config = await loadConfig(options.config, process.env, { weightsFiles: false })
  // Loaded here, as for `serve`.
  const { readData } = await import('../compose/evaluation/read-rows.ts')
  const { openEnsemble } = await import('../compose/evaluation/open-ensemble.ts')
  const { tune: learn } = await import('../compose/evaluation/tune.ts')
  const { weightsFileOf } = await import('../compose/evaluation/weights-file-of.ts')
  const data = readData(options.data, questionOf(options))
  const { method, share, seed } = options
  const open = await openEnsemble(config, options.ensemble)
  try {
    const progress = progressOf('learning and proving', sizeOf(data), terminal, () => performance.now())
    const tuned = await learn(open, data, method, { share, seed, onRow: progress.advance })
    progress.done()
    const file = weightsFileOf(open, tuned, { method, seed, sha256: data.sha256, date: options.date ?? data.date })
    writeFileSync(options.out, `${JSON.stringify(file, null, 2)}\n`)
    const tables = tuned.measures.flatMap(({ name, standings }) => [...showStandings(standings, name, 4), ''])
    terminal.write(`${[...tables, ...verdict(file, tuned, options)].join('\n')}\n`)
    if (!file.recommended) process.exitCode = notRecommended
  } finally {
    await open.close()
  }
}

function verdict({ members, weights, gain, recommended, pool }: WeightsFile, tuned: Tuned, options: Options): string[] {
  const shares = members.map(({ id }, m) => `${id} ${weights[m]}`).join(', ')
  const measured = `${signed(gain.estimate)} against ${gain.over} alone, 95 % from ${signed(gain.low)} to ${signed(gain.high)}, on ${tuned.provedDocuments} documents`
  const facts = [`weights: ${shares}`, `gain: ${measured}`]
  if (!recommended) {
    return [
      ...facts,
      `The ensemble was not shown to beat its best member: use "${options.ensemble}/${gain.over}" alone.`,
      `${options.out} is written as a record, and says so.`,
    ]
  }
  return [...facts, `Recommended. In the configuration: pool: ${pool}, weights_file: ${options.out}`]
}
