import type { Palette } from './palette.ts'
import { percent } from './percent.ts'
import { troubles, wrapped } from './show-prediction.ts'
import type { Terminal } from './terminal.ts'
import type { Report } from './wire.ts'

/** Under a completion: who has which colour, its weight, its share of the text, and how well it foresaw it. */
export function showLegend(
  report: Report,
  finish: { readonly tokens: number | null; readonly reason: string },
  look: Pick<Terminal, 'columns' | 'unicode'>,
  paint: Palette,
): string[] {
  const width = Math.max(...report.members.map(({ id }) => id.length))
  const mark = look.unicode ? '■' : '#'
  const rows = report.members.map((member, index) => {
    const { id, effective_weight: weight, mean_responsibility: share, bits_per_byte: bits } = member
    const facts = [
      `weight ${weight.toFixed(2)}`,
      `share ${share === null ? '-' : percent(share)}`.padEnd(12),
      bits === null ? '' : `${bits.toFixed(2)} bits/byte`,
    ]
    return `  ${paint.member(index)(`${mark} ${id.padEnd(width)}`)}  ${facts.join('  ')}`.trimEnd()
  })
  return [...rows, ...completionFacts(report, finish, look).map(paint.dim), ...troubles(report).map(paint.warn)]
}

/** One line for a completion whose text went elsewhere. */
export function completionFacts(
  report: Report,
  finish: { readonly tokens: number | null; readonly reason: string },
  look: Pick<Terminal, 'columns' | 'unicode'>,
): string[] {
  const facts = [
    ...(finish.tokens === null ? [] : [`${finish.tokens} tokens`]),
    `${report.steps} bytes`,
    `${report.certified_steps} certified`,
    `missing mass ${percent(report.missing_mass_mean)}`,
    report.degraded ? 'degraded' : `${report.members.length} members`,
    `${(report.timings.total_ms / 1000).toFixed(1)} s`,
    `ended by ${finish.reason}`,
    ...(report.seed === undefined ? [] : [`seed ${report.seed}`]),
  ]
  return wrapped(facts, look.unicode ? ' · ' : ', ', look.columns)
}
