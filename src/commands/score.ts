import type { Command } from 'commander'
import { gatewayClient } from './gateway-client.ts'
import { firstEnsemble, type GatewayOptions, withGatewayOptions } from './options.ts'
import { showScores } from './show-scores.ts'
import type { Terminal } from './terminal.ts'
import type { ScoreAnswer } from './wire.ts'

interface Options extends GatewayOptions {
  readonly prompt?: string
  readonly segments?: boolean
}

export function defineScore(program: Command, terminal: Terminal): void {
  const command = program.command('score').description('show how likely texts are: fused, and by each member')
  command.argument('<text...>', 'texts to score')
  withGatewayOptions(command)
    .option('--prompt <text>', 'what the texts follow (default: nothing, they begin)')
    .option('--segments', 'show the bits of each token of the lead member')
    .action((texts: string[], options: Options) => score(texts, options, terminal))
}

async function score(texts: readonly string[], options: Options, terminal: Terminal): Promise<void> {
  const client = gatewayClient(options)
  const model = options.model ?? (await firstEnsemble(client)).name
  const { prompt, segments = false } = options
  const items = prompt === undefined ? { texts } : { pairs: texts.map((continuation) => ({ prompt, continuation })) }
  const answer = await client.post<ScoreAnswer>('/v1/score', { model, ...items, segments })
  if (options.json) terminal.write(`${JSON.stringify(answer, null, 2)}\n`)
  else terminal.write(`${showScores(texts, answer, terminal).join('\n')}\n`)
}
