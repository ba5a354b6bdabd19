import type { Command } from 'commander'
import { CommandError } from './command-error.ts'
import { type GatewayClient, gatewayClient } from './gateway-client.ts'
import { firstEnsemble, type GatewayOptions, integerBetween, numberBetween, withGatewayOptions } from './options.ts'
import { palette } from './palette.ts'
import { printable } from './printable.ts'
import { answerFacts, showCandidates } from './show-candidates.ts'
import { completionFacts, showLegend } from './show-legend.ts'
import type { Terminal } from './terminal.ts'
import type { AnswerReport, CompletionChunk, EnsembleList, Report } from './wire.ts'

interface Options extends GatewayOptions {
  readonly maxTokens: number
  readonly temperature?: number
  readonly topP?: number
  readonly minP?: number
  readonly seed?: number
  readonly stop?: readonly string[]
}

export function defineComplete(program: Command, terminal: Terminal): void {
  const command = program
    .command('complete')
    .description('continue a text, coloured by the member that carried each piece')
  command.argument('<text>', 'the text to continue')
  withGatewayOptions(command)
    .option('-n, --max-tokens <n>', 'most tokens of the lead member', integerBetween(1, 65536), 40)
    .option('-t, --temperature <t>', '0 is greedy', numberBetween(0, 2))
    .option('--top-p <p>', 'smallest set of bytes with this much probability', numberBetween(0, 1))
    .option('--min-p <p>', 'drops bytes below this share of the likeliest', numberBetween(0, 1))
    .option('--seed <n>', 'the same seed gives the same text', integerBetween(0, Number.MAX_SAFE_INTEGER))
    .option('--stop <text...>', 'where to end')
    .action((text: string, options: Options) => complete(text, options, terminal))
}

async function complete(prompt: string, options: Options, terminal: Terminal): Promise<void> {
  const client = gatewayClient(options)
  const members = await membersOf(client, options.model)
  const body = toBody(prompt, options.model ?? members.name, options)
  if (options.json) {
    terminal.write(`${JSON.stringify(await client.post('/v1/completions', body), null, 2)}\n`)
    return
  }
  const paint = palette(terminal.colour)
  if (terminal.interactive) terminal.write(paint.bold(printable(prompt)))
  let end: { report: Report | AnswerReport; reason: string } | null = null
  let tokens: number | null = null
  const asked = { ...body, stream: true, stream_options: { include_usage: true }, ensemble: { diagnostics: 'steps' } }
  for await (const chunk of client.stream<CompletionChunk>('/v1/completions', asked)) {
    tokens = chunk.usage?.completion_tokens ?? tokens
    const { ensemble } = chunk
    const { text = '', finish_reason: reason = null } = chunk.choices[0] ?? {}
    if (ensemble && 'carrier' in ensemble) {
      const shown = terminal.interactive ? printable(text) : text
      terminal.write(paint.member(members.ids.indexOf(ensemble.carrier))(shown))
    } else if (ensemble && reason !== null) end = { report: ensemble, reason }
  }
  terminal.write('\n')
  if (end === null) throw new CommandError('the stream ended without a diagnosis')
  if (terminal.interactive)
    terminal.write(`\n${legend(end.report, { tokens, reason: end.reason }, terminal).join('\n')}\n`)
  else terminal.note(facts(end.report, { tokens, reason: end.reason }))
}

interface Finish {
  readonly tokens: number | null
  readonly reason: string
}

function legend(report: Report | AnswerReport, finish: Finish, terminal: Terminal): string[] {
  const paint = palette(terminal.colour)
  return 'candidates' in report
    ? showCandidates(report, finish.reason, terminal, paint)
    : showLegend(report, finish, terminal, paint)
}

function facts(report: Report | AnswerReport, finish: Finish): string {
  const look = { unicode: false, columns: Infinity }
  const lines =
    'candidates' in report ? answerFacts(report, finish.reason, look) : completionFacts(report, finish, look)
  return lines.join('').trimStart()
}

/** Ids of the members in the ensemble's order, which is that of the colours. */
async function membersOf(client: GatewayClient, model?: string): Promise<{ name: string; ids: string[] }> {
  if (model?.includes('/')) return { name: model, ids: [model.slice(model.indexOf('/') + 1)] }
  const found =
    model === undefined
      ? await firstEnsemble(client)
      : await client.get<EnsembleList['data'][number]>(`/v1/ensembles/${encodeURIComponent(model)}`)
  return { name: found.name, ids: found.members.map(({ id }) => id) }
}

function toBody(prompt: string, model: string, options: Options): object {
  return {
    model,
    prompt,
    max_tokens: options.maxTokens,
    temperature: options.temperature,
    top_p: options.topP,
    min_p: options.minP,
    seed: options.seed,
    stop: options.stop,
  }
}
