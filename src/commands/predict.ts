import type { Command } from 'commander'
import { gatewayClient } from './gateway-client.ts'
import { firstEnsemble, type GatewayOptions, integerBetween, withGatewayOptions } from './options.ts'
import { showPrediction } from './show-prediction.ts'
import type { Terminal } from './terminal.ts'
import type { PredictionAnswer } from './wire.ts'

interface Options extends GatewayOptions {
  readonly words: number
  readonly top: number
}

export function definePredict(program: Command, terminal: Terminal): void {
  const command = program.command('predict').description('show what comes next after a text: fused, and by each member')
  command.argument('<text>', 'the text whose continuation is predicted')
  withGatewayOptions(command)
    .option('--words <n>', 'how many next words to show', integerBetween(0, 20), 6)
    .option('--top <n>', 'how many next bytes to show', integerBetween(1, 257), 6)
    .action((text: string, options: Options) => predict(text, options, terminal))
}

async function predict(prompt: string, options: Options, terminal: Terminal): Promise<void> {
  const client = gatewayClient(options)
  const model = options.model ?? (await firstEnsemble(client)).name
  const { words, top } = options
  const answer = await client.post<PredictionAnswer>('/v1/predict', { model, prompt, words, top })
  if (options.json) terminal.write(`${JSON.stringify(answer, null, 2)}\n`)
  else terminal.write(`${showPrediction(prompt, answer, terminal).join('\n')}\n`)
}
