import type { Command } from 'commander'
import { Option } from 'commander'
import { gatewayClient } from './gateway-client.ts'
import { firstEnsemble, type GatewayOptions, withGatewayOptions } from './options.ts'
import { showClassification } from './show-classification.ts'
import type { Terminal } from './terminal.ts'
import type { ClassifyAnswer } from './wire.ts'

interface Options extends GatewayOptions {
  readonly labels: readonly string[]
  readonly prompt?: string
  readonly normalisation: string
  readonly domainPrompt?: string
  readonly pool?: string
}

export function defineClassify(program: Command, terminal: Terminal): void {
  const command = program.command('classify').description('choose a label for texts: fused, and by each member')
  command.argument('<input...>', 'texts to classify')
  withGatewayOptions(command)
    .requiredOption('-l, --labels <label...>', 'two or more labels, as they follow the prompt')
    .option('--prompt <template>', 'the text that labels follow, with {input} in it (default: the input alone)')
    .addOption(
      new Option('--normalisation <kind>', 'how labels are made comparable')
        .choices(['none', 'per_byte', 'pmi', 'contextual'])
        .default('none'),
    )
    .option('--domain-prompt <text>', 'with `pmi`: a prompt without the input')
    .addOption(
      new Option('--pool <kind>', "how members are fused (default: the ensemble's)").choices([
        'linear',
        'log_linear',
        'vote',
      ]),
    )
    .action((inputs: string[], options: Options) => classify(inputs, options, terminal))
}

async function classify(inputs: readonly string[], options: Options, terminal: Terminal): Promise<void> {
  const client = gatewayClient(options)
  const model = options.model ?? (await firstEnsemble(client)).name
  const { labels, prompt, normalisation, domainPrompt, pool } = options
  const answer = await client.post<ClassifyAnswer>('/v1/classify', {
    model,
    inputs,
    labels,
    normalisation,
    ...(prompt !== undefined && { prompt }),
    ...(domainPrompt !== undefined && { domain_prompt: domainPrompt }),
    ...(pool !== undefined && { pool }),
  })
  if (options.json) terminal.write(`${JSON.stringify(answer, null, 2)}\n`)
  else terminal.write(`${showClassification(inputs, answer, terminal).join('\n')}\n`)
}
