import type { CheckReport } from '../compose/check-config.ts'
import type { MemberReport } from '../compose/probe/member-report.ts'
import type { Possible, Verdict } from '../compose/probe/verdict.ts'
import { columns } from './columns.ts'
import { palette } from './palette.ts'
import { printable } from './printable.ts'
import type { Terminal } from './terminal.ts'

const memberHead = [
  'member',
  'kind',
  'replica',
  'model',
  'top-k',
  'contexts',
  'bytes',
  'basis',
  'scoring',
  'context',
  'start',
  'long, again',
  'latency',
]
const ensembleHead = ['ensemble', 'configured', 'token', 'byte', 'classify', 'answer']

/** What was found: a table of members, what is wrong with them, a table of ensembles, and why they can't do what they can't. */
export function showCheck(report: CheckReport, { colour }: Pick<Terminal, 'colour'>): string[] {
  const paint = palette(colour)
  const failed = report.members.flatMap(({ id, replica, failures }) =>
    failures.flatMap(({ check, reason, remedy }) => [
      paint.warn(`  ${id} (${replica}), ${check}: ${printable(reason)}`),
      `      ${remedy}`,
    ]),
  )
  const notes = report.members.flatMap(({ id, notes }) => notes.map((note) => paint.dim(`  ${id}: ${printable(note)}`)))
  const reasons = report.ensembles.flatMap((verdict) => reasonsOf(verdict).map((reason) => `  ${reason}`))
  return [
    ...columns(memberHead, report.members.map(memberRow)),
    ...section(failed),
    ...section(notes),
    '',
    ...columns(ensembleHead, report.ensembles.map(ensembleRow)),
    ...section(reasons),
    '',
    report.ok ? '  everything that is configured can work' : paint.warn('  not everything that is configured can work'),
  ]
}

function section(lines: readonly string[]): string[] {
  return lines.length > 0 ? ['', ...lines] : []
}

function memberRow({ id, kind, replica, found, failures }: MemberReport): string[] {
  if (found === null) return [id, kind, replica, `failed: ${failures[0]?.check ?? ''}`, ...new Array(9).fill('-')]
  const { beginning, first_ms: first, again_ms: again, latency_ms: latency } = found
  return [
    id,
    kind,
    replica,
    printable(found.model),
    String(found.top_k),
    found.contexts,
    found.bytes,
    found.basis_seen ? found.basis : `${found.basis}?`,
    found.scoring,
    String(found.context_length),
    beginning === null ? '-' : beginning ? 'token' : 'none',
    first === null || again === null ? '-' : `${milliseconds(first)}, ${milliseconds(again)}`,
    latency === null ? '-' : milliseconds(latency),
  ]
}

function milliseconds(value: number): string {
  return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ms`
}

function ensembleRow({ name, granularity, token, byte, classify, answer }: Verdict): string[] {
  return [name, granularity, ...[token, byte, classify, answer].map(({ possible }) => (possible ? 'yes' : 'no'))]
}

/** Each reason once, with what it stands in the way of. */
function reasonsOf({ name, token, byte, classify, answer }: Verdict): string[] {
  const tasks: [string, Possible][] = [
    ['token', token],
    ['byte', byte],
    ['classify', classify],
    ['answer', answer],
  ]
  const byReason = new Map<string, string[]>()
  for (const [task, { possible, why }] of tasks) {
    if (why === null) continue
    const said = possible ? why : `not possible: ${why}`
    byReason.set(said, [...(byReason.get(said) ?? []), task])
  }
  return [...byReason].map(([said, of]) => `${name}, ${of.join(', ')}: ${said}`)
}
