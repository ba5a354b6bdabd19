/** A part of a bar: its length as a share of the whole width, and how it is coloured. */
export interface BarPart {
  readonly share: number
  readonly paint: (text: string) => string
}

/** A bar out of coloured parts, padded to the width. Borders between parts are rounded so that the whole stays right. */
export function bar(parts: readonly BarPart[], width: number, unicode: boolean): string {
  const block = unicode ? '█' : '#'
  let drawn = ''
  let cells = 0
  let sum = 0
  for (const { share, paint } of parts) {
    sum += share
    const until = Math.min(width, Math.round(sum * width))
    if (until > cells) drawn += paint(block.repeat(until - cells))
    cells = Math.max(cells, until)
  }
  if (cells === 0 && sum > 0) {
    drawn = (parts.find(({ share }) => share > 0) as BarPart).paint(unicode ? '▏' : '.')
    cells = 1
  }
  return drawn + ' '.repeat(width - cells)
}
