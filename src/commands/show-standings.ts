import { allDomains, type Standings } from '../compose/evaluation/standings.ts'
import type { Interval } from '../core/learn/bootstrap.ts'
import { columns } from './columns.ts'

/** Contenders on each domain: loss with its interval, and what that saves against the best member alone. */
export function showStandings(all: readonly Standings[], unit: string, digits: number): string[] {
  return all.flatMap(({ domain, documents, size, best, standings }, index) => [
    ...(index === 0 ? [] : ['']),
    `${domain === allDomains ? 'all texts' : domain}: ${documents} documents, best member ${best}`,
    ...columns(
      [unit, '', '95 %', 'gain', '95 %'],
      standings.map(({ name, loss, gain }) => [
        name,
        loss === null ? 'impossible' : loss.estimate.toFixed(digits),
        loss === null ? '' : range(loss, (value) => value.toFixed(digits)),
        gain === null || name === best ? '' : signed(gain.estimate),
        gain === null || name === best ? '' : range(gain, signed),
      ]),
    ),
    ...(size === 0 ? ['  nothing to measure'] : []),
  ])
}

function range({ low, high }: Interval, show: (value: number) => string): string {
  return `${show(low)} to ${show(high)}`
}

/** A share as a signed percentage, `+1.2 %`. */
export function signed(share: number): string {
  const value = (share * 100).toFixed(1)
  return `${value.startsWith('-') ? '' : '+'}${value} %`
}
