import type { LeftOut } from './cells.ts'
import type { Found, Outcome } from './run-cell.ts'

const columns: readonly Outcome[] = ['whole', 'degraded', 'no quorum', 'too late', 'unstruck', 'hung', 'wrong']

export interface Run {
  /** How many kinds of member. */
  readonly adapters: number
  /** Milliseconds, for each of them. */
  readonly deadlines: readonly number[]
  /** Bytes that live after each round of all faults. */
  readonly heaps: readonly number[]
}

/** Counts of what was found: fault × outcome. */
export function report(
  found: readonly Found[],
  leftOut: readonly LeftOut[],
  { adapters, deadlines, heaps }: Run,
): string {
  const names = [...new Set([...found, ...leftOut].map(({ fault }) => fault.name))]
  const row = (name: string, own: readonly Found[], out: number) => {
    const counts = columns.map((column) => own.filter(({ outcome }) => outcome === column).length)
    return `| ${[name, ...counts, out].join(' | ')} |`
  }
  const reasons = Map.groupBy(leftOut, ({ reason }) => reason)
  const again = found.filter(({ tries }) => tries > 1).length
  const latest = Math.max(...found.map(({ overMs }) => overMs))
  return [
    `| fault | ${columns.join(' | ')} | left out |`,
    `|---|${'---:|'.repeat(columns.length + 1)}`,
    ...names.map((name) =>
      row(
        name,
        found.filter(({ fault }) => fault.name === name),
        leftOut.filter(({ fault }) => fault.name === name).length,
      ),
    ),
    row('all', found, leftOut.length),
    '',
    `${found.length} requests over ${adapters} kinds of member, with deadlines of ${Math.min(...deadlines)} to ${Math.max(...deadlines)} ms; ${again} were asked again; the last answer came ${Math.round(latest)} ms after its deadline.`,
    '',
    `Live bytes after each of five rounds of all faults, in MiB: ${heaps.map((bytes) => (bytes / 2 ** 20).toFixed(1)).join(', ')}.`,
    '',
    `Left out: ${[...reasons].map(([reason, list]) => `${list.length}, since ${reason}`).join('; ')}.`,
  ].join('\n')
}
