/** Rows of text as a table: columns as wide as their widest cell, figures to the right. */
export function columns(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)))
  const figures = head.map((_, at) => rows.every((row) => /^(-|[\d.,]+( ms)?)$/.test(row[at] ?? '-')))
  const line = (cells: readonly string[]) =>
    cells.map((cell, at) => (figures[at] ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0))).join('  ')
  return [head, ...rows].map((cells) => `  ${line(cells)}`.trimEnd())
}
