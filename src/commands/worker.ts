import type { Command } from 'commander'
import { standardOutput } from '../observability/log-destination.ts'
import { createLogger } from '../observability/logger.ts'
import { prettyLines } from '../observability/pretty.ts'
import { followSupervisor, isSupervised, reportReady } from '../worker/supervised.ts'
import { integerBetween } from './options.ts'
import { onStopSignals } from './stop-signals.ts'
import type { Terminal } from './terminal.ts'

interface Options {
  readonly model: string
  readonly port: number
  readonly host: string
  readonly threads: number
  readonly deterministic: boolean
}

export function defineWorker(program: Command, terminal: Terminal): void {
  program
    .command('worker')
    .description('serve one ONNX model over HTTP')
    .requiredOption('--model <folder>', 'folder in the layout of a Hugging Face ONNX export')
    .option('-p, --port <n>', '0 takes a free one', integerBetween(0, 65535), 8000)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--threads <n>', 'processor threads for one evaluation', integerBetween(1, 64), 1)
    .option('--deterministic', 'give the same context the same bits in every batch; slower', false)
    .action((options: Options) => worker(options, terminal))
}

async function worker({ model, port, host, threads, deterministic }: Options, terminal: Terminal): Promise<void> {
  followSupervisor()
  const output = standardOutput()
  // A supervisor tells of its workers itself.
  const logger = createLogger(isSupervised() ? 'warn' : 'info', terminal.interactive ? prettyLines(output) : output)
  // What loads a model holds nothing that must be closed.
  let close = async () => {}
  // Ctrl-C reaches the whole process group, and then the supervisor's SIGTERM would look like a second signal.
  onStopSignals(() => close(), isSupervised() ? ['SIGTERM'] : ['SIGINT', 'SIGTERM'])
  // Loaded here, so that no other command starts with ONNX Runtime.
  const { startWorker } = await import('../worker/start-worker.ts')
  const running = await startWorker({ modelDir: model, host, port, threads, deterministic, logger })
  close = running.close
  reportReady(running.url)
}
