import { type BarPart, bar } from './bar.ts'
import type { Palette } from './palette.ts'
import { percent } from './percent.ts'
import type { Terminal } from './terminal.ts'
import type { SymbolShare } from './wire.ts'

export interface TableRow extends SymbolShare {
  readonly label: string
}

export interface TableMember {
  readonly id: string
  /** Its share of the pool. */
  readonly weight: number
}

const percentWidth = 7

/**
 * Rows of label, fused bar and percentage, and a column a member. Each bar is cut into the members' contributions; the
 * longest fills the width. Narrow terminals lose the bar first, then the ends of the members' names.
 */
export function table(
  title: string,
  rows: readonly TableRow[],
  members: readonly TableMember[],
  ensemble: string,
  terminal: Pick<Terminal, 'columns' | 'unicode'>,
  paint: Palette,
): string[] {
  const labelWidth = Math.max(title.length, ...rows.map(({ label }) => label.length)) + 2
  const left = terminal.columns - labelWidth - percentWidth - 2
  const widest = Math.max(percentWidth, Math.floor(left / Math.max(1, members.length)))
  const columns = members.map(({ id }) => Math.min(widest, Math.max(percentWidth, id.length + 2)))
  const spare = left - columns.reduce((sum, width) => sum + width, 0)
  const barWidth = spare >= 6 ? Math.min(spare, 30) : 0
  const top = Math.max(...rows.map(({ probability }) => probability))

  const heads = members.map(({ id }, index) => {
    const width = columns[index] as number
    return paint.member(index)(id.slice(0, width - 1).padStart(width))
  })
  const room = barWidth + percentWidth
  const fused = barWidth > 0 ? ensemble.slice(0, room - 1).padEnd(room) : ensemble.slice(0, room - 1).padStart(room)
  const head = `  ${paint.bold(title.padEnd(labelWidth))}${fused}${heads.join('')}`
  const lines = rows.map((row) => {
    const drawn = barWidth === 0 ? '' : bar(partsOf(row, members, top, paint), barWidth, terminal.unicode)
    const own = members.map(({ id }, index) => {
      const found = row.members.find((member) => member.id === id)
      return (found ? percent(found.probability) : '-').padStart(columns[index] as number)
    })
    return `  ${row.label.padEnd(labelWidth)}${drawn}${percent(row.probability).padStart(percentWidth)}${own.join('')}`
  })
  return [head.trimEnd(), ...lines]
}

function partsOf(row: SymbolShare, members: readonly TableMember[], top: number, paint: Palette): BarPart[] {
  const parts = members.map(({ id, weight }, index) => {
    const own = row.members.find((member) => member.id === id)?.probability ?? 0
    return { share: (weight * own) / top, paint: paint.member(index) }
  })
  const total = parts.reduce((sum, { share }) => sum + share, 0)
  // Words are fused along their bytes, so their contributions need not add up: the bar's length is the fused figure.
  const scale = total > 0 ? row.probability / top / total : 0
  return parts.map((part) => ({ ...part, share: part.share * scale }))
}
