import type { Command } from 'commander'
import type { Config } from '../config/config.ts'
import { loadConfig } from '../config/load.ts'
import { createLogger } from '../observability/logger.ts'
import { prettyLines } from '../observability/pretty.ts'
import { integerBetween } from './options.ts'
import { packageVersion } from './package-version.ts'
import { onStopSignals } from './stop-signals.ts'
import type { Terminal } from './terminal.ts'

interface Options {
  readonly config: string
  readonly port?: number
  readonly host?: string
}

/** The ensemble that comes with Tutti. */
export const shippedConfig = new URL('../../config/default.yaml', import.meta.url).pathname

export function defineServe(program: Command, terminal: Terminal): void {
  program
    .command('serve', { isDefault: true })
    .description('run the gateway')
    .option('-c, --config <file>', 'configuration (YAML)', shippedConfig)
    .option('-p, --port <n>', 'listen on this port, whatever the configuration says', integerBetween(0, 65535))
    .option('--host <address>', 'listen on this address, whatever the configuration says')
    .action((options: Options) => serve(options, terminal))
}

async function serve({ config: file, port, host }: Options, terminal: Terminal): Promise<void> {
  const loaded = await loadConfig(file, process.env)
  const server = { ...loaded.server, ...(port !== undefined && { port }), ...(host !== undefined && { host }) }
  const config: Config = { ...loaded, server }
  const destination = terminal.interactive ? prettyLines(process.stdout) : process.stdout
  const logger = createLogger(server.logLevel, destination)
  // Loaded here, so that the commands that only talk to a gateway start without a server's libraries.
  const { compose } = await import('../compose.ts')
  const gateway = await compose(config, logger, packageVersion())
  onStopSignals(async () => {
    logger.info('stopping')
    await gateway.close()
  })
  const ready = `ready: ${readyLine(gateway.url, config)}`
  // Lines for machines stay JSON throughout.
  if (terminal.interactive) terminal.write(`${ready}\n`)
  else logger.info(ready)
}

/** Where, and who: `http://127.0.0.1:8080 serves tutti (byte-gru + bpe2k-gpt + bpe4k-gpt)`. */
function readyLine(url: string, config: Config): string {
  const ensembles = config.ensembles.map(({ name, members }) => `${name} (${members.map(({ id }) => id).join(' + ')})`)
  return `${url} serves ${ensembles.join(', ')}`
}
