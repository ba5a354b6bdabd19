import type { Command } from 'commander'
import { loadConfig } from '../config/load.ts'
import { shippedConfig } from './serve.ts'
import { showCheck } from './show-check.ts'
import type { Terminal } from './terminal.ts'

interface Options {
  readonly config: string
  readonly json?: boolean
}

export function defineCheck(program: Command, terminal: Terminal): void {
  program
    .command('check')
    .description('probe every member of a configuration, and tell what each ensemble can do')
    .option('-c, --config <file>', 'configuration (YAML)', shippedConfig)
    .option('--json', 'print what was found as JSON')
    .action((options: Options) => check(options, terminal))
}

async function check({ config: file, json }: Options, terminal: Terminal): Promise<void> {
  const config = await loadConfig(file, process.env)
  // Loaded here, as for `serve`.
  const { checkConfig } = await import('../compose/check-config.ts')
  const report = await checkConfig(config, {
    onMember: (id, place, of) => terminal.note(`probing ${id} (${place} of ${of})`),
  })
  if (json) terminal.write(`${JSON.stringify(report, null, 2)}\n`)
  else terminal.write(`${showCheck(report, terminal).join('\n')}\n`)
  if (!report.ok) process.exitCode = 1
}
