import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import type { Gateway } from '../compose.ts'
import type { Config } from '../config/config.ts'
import { loadConfig } from '../config/load.ts'
import { isLoopback, refuseOpenHost } from '../config/open-host.ts'
import { TuttiError, toTuttiError } from '../errors.ts'
import { standardOutput } from '../observability/log-destination.ts'
import { createLogger, type Logger } from '../observability/logger.ts'
import { prettyLines } from '../observability/pretty.ts'
import { faultOf } from '../server/log-failure.ts'
import { integerBetween } from './options.ts'
import { packageVersion } from './package-version.ts'
import { onStopSignals } from './stop-signals.ts'
import type { Terminal } from './terminal.ts'

interface Options {
  readonly config: string
  readonly port?: number
  readonly host?: string
  readonly allowAnonymous?: true
}

/** The ensemble that comes with Tutti. */
export const shippedConfig = fileURLToPath(new URL('../../config/default.yaml', import.meta.url))

export function defineServe(program: Command, terminal: Terminal): void {
  program
    .command('serve', { isDefault: true })
    .description('run the gateway')
    .option('-c, --config <file>', 'configuration (YAML)', shippedConfig)
    .option('-p, --port <n>', 'listen on this port, whatever the configuration says', integerBetween(0, 65535))
    .option('--host <address>', 'listen on this address, whatever the configuration says')
    .option('--allow-anonymous', 'listen beyond this machine though there are no keys, as `server.allow_anonymous`')
    .action((options: Options) => serve(options, terminal))
}

/** The configuration as the command line has it; an address that it must not be open to is refused. */
async function configOf({ config: file, port, host, allowAnonymous }: Options): Promise<Config> {
  const loaded = await loadConfig(file, process.env)
  const server = {
    ...loaded.server,
    ...(port !== undefined && { port }),
    ...(host !== undefined && { host }),
    ...(allowAnonymous && { allowAnonymous }),
  }
  refuseOpenHost(server)
  return { ...loaded, server }
}

async function serve(options: Options, terminal: Terminal): Promise<void> {
  const stopped = new AbortController()
  const starting = start(options, terminal, stopped.signal)
  // From the beginning, not from when it is ready: by default a signal ends the process at once, and SIGHUP does too.
  process.on('SIGHUP', () => {
    // A start that fails is told below.
    starting.then(({ gateway, logger }) => reload(gateway, options, logger)).catch(() => {})
  })
  onStopSignals(async () => {
    stopped.abort(new TuttiError('stopping', 'the gateway is being stopped'))
    const [started] = await Promise.allSettled([starting])
    if (started.status === 'fulfilled') await started.value.gateway.close()
  })
  try {
    await starting
  } catch (error) {
    // A start that was ended by a signal fails, but has not gone wrong.
    if (!stopped.signal.aborted) throw error
  }
}

interface Started {
  readonly gateway: Gateway
  readonly logger: Logger
}

/** @param signal ends the start, and is logged also later. */
async function start(options: Options, terminal: Terminal, signal: AbortSignal): Promise<Started> {
  const config = await configOf(options)
  const { server } = config
  const output = standardOutput()
  const logger = createLogger(server.logLevel, terminal.interactive ? prettyLines(output) : output)
  signal.addEventListener('abort', () => logger.info('stopping'))
  for (const kind of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(kind, (error) => {
      logger.error({ ...faultOf(error), kind }, 'the gateway ends: an error that nothing has caught')
      process.exit(1)
    })
  }
  // Loaded here, so that the commands that only talk to a gateway start without a server's libraries.
  const { compose } = await import('../compose.ts')
  const gateway = await compose(config, logger, packageVersion(), process.env, signal)
  if (server.keys.length === 0) {
    const facts = { host: server.host }
    if (isLoopback(server.host)) logger.info(facts, 'no keys: only this machine may use the gateway')
    else logger.warn(facts, 'no keys: whoever reaches the gateway may use it')
  }
  const ready = `ready: ${readyLine(gateway.url, config)}`
  // Lines for machines stay JSON throughout.
  if (terminal.interactive) output.write(`${ready}\n`)
  else logger.info(ready)
  return { gateway, logger }
}

/** Reads the configuration again; one that can't be used changes nothing, and the log says why. */
async function reload(gateway: Gateway, options: Options, logger: Logger): Promise<void> {
  try {
    await gateway.reload(() => configOf(options))
    logger.info('configuration reloaded')
  } catch (error) {
    const known = toTuttiError(error)
    logger.error({ code: known.code, reason: known.message }, 'configuration not reloaded; the old one stays')
  }
}

/** Where, and who: `http://127.0.0.1:8080 serves tutti (byte-gru + bpe2k-gpt + bpe4k-gpt)`. */
function readyLine(url: string, config: Config): string {
  const ensembles = config.ensembles.map(({ name, members }) => `${name} (${members.map(({ id }) => id).join(' + ')})`)
  return `${url} serves ${ensembles.join(', ')}`
}
