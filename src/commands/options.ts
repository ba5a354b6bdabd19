import { type Command, InvalidArgumentError, Option } from 'commander'
import { CommandError } from './command-error.ts'
import type { GatewayAddress, GatewayClient } from './gateway-client.ts'
import type { EnsembleList } from './wire.ts'

/** A parser for a number option, for commander. */
export function numberBetween(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (text.trim() !== '' && value >= low && value <= high) return value
    throw new InvalidArgumentError(`It must be a number from ${low} to ${high}.`)
  }
}

/** As `numberBetween`, for whole numbers. */
export function integerBetween(low: number, high: number): (text: string) => number {
  const parse = numberBetween(low, high)
  return (text) => {
    const value = parse(text)
    if (Number.isInteger(value)) return value
    throw new InvalidArgumentError('It must be a whole number.')
  }
}

/** What every command that asks a running gateway is given. */
export interface GatewayOptions extends GatewayAddress {
  readonly model?: string
  readonly json?: boolean
}

/** Adds the options of `GatewayOptions`. */
export function withGatewayOptions(command: Command): Command {
  return (
    command
      .option('--url <url>', 'base URL of the gateway', 'http://127.0.0.1:8080')
      // In the environment no other user of the machine sees it, as in the list of processes.
      .addOption(
        new Option('--key <key>', 'API key, where the gateway has keys; better set in the environment').env(
          'TUTTI_KEY',
        ),
      )
      .option('-m, --model <name>', 'ensemble, or ensemble/member (default: the first ensemble)')
      .option('--json', 'print the answer as the gateway sent it')
  )
}

/** The ensemble that answers when none was named. */
export async function firstEnsemble(client: GatewayClient): Promise<EnsembleList['data'][number]> {
  const first = (await client.get<EnsembleList>('/v1/ensembles')).data[0]
  if (first) return first
  throw new CommandError('the gateway has no ensemble')
}
