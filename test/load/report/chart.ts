export interface Line {
  readonly name: string
  readonly color: string
  /** Points from left to right; those of a null are left out. */
  readonly points: readonly { readonly x: number; readonly y: number | null }[]
}

export interface Chart {
  readonly title: string
  readonly xTitle: string
  readonly yTitle: string
  readonly lines: readonly Line[]
  /** Powers of ten on the vertical axis. */
  readonly logarithmic?: boolean
}

const size = { width: 560, height: 300, left: 64, right: 100, top: 36, bottom: 46 }
const inner = { width: size.width - size.left - size.right, height: size.height - size.top - size.bottom }

/** One chart as an SVG group, `size.width` × `size.height`. */
function drawChart({ title, xTitle, yTitle, lines, logarithmic = false }: Chart): string {
  const known = lines.flatMap(({ points }) => points.filter(({ y }) => y !== null && (!logarithmic || y > 0)))
  const xMost = Math.max(1e-9, ...known.map(({ x }) => x))
  const yMost = Math.max(1e-9, ...known.map(({ y }) => y as number))
  const yLeast = logarithmic ? Math.min(yMost, ...known.map(({ y }) => y as number)) : 0
  const [low, high] = logarithmic ? decades(yLeast, yMost) : [0, yMost * 1.05]
  const toX = (x: number) => size.left + (inner.width * x) / xMost
  const scaled = (y: number) => (logarithmic ? Math.log10(y / low) / Math.log10(high / low) : y / high)
  const toY = (y: number) => size.top + inner.height * (1 - scaled(y))
  const yTicks = logarithmic ? powers(low, high) : [0, 0.25, 0.5, 0.75, 1].map((share) => share * yMost)
  const xTicks = [0, 0.25, 0.5, 0.75, 1].map((share) => share * xMost)
  const right = size.left + inner.width
  const bottom = size.top + inner.height
  return [
    text(size.left, 20, title, 'font-weight="600"'),
    ...yTicks.map(
      (y) =>
        `<path d="M${size.left} ${round(toY(y))}H${right}" stroke="#ddd"/>${text(size.left - 6, toY(y) + 4, label(y), 'text-anchor="end"')}`,
    ),
    ...xTicks.map((x) => text(toX(x), bottom + 16, label(x), 'text-anchor="middle"')),
    text(size.left + inner.width / 2, bottom + 36, xTitle, 'text-anchor="middle"'),
    text(8, size.top - 4, yTitle, 'fill="#666"'),
    ...lines.map((line, index) => {
      const points = line.points.filter(({ y }) => y !== null && (!logarithmic || y > 0))
      const path = points.map(({ x, y }, at) => `${at === 0 ? 'M' : 'L'}${round(toX(x))} ${round(toY(y as number))}`)
      const dots = points.map(
        ({ x, y }) => `<circle cx="${round(toX(x))}" cy="${round(toY(y as number))}" r="2.5" fill="${line.color}"/>`,
      )
      const legend = text(right + 10, size.top + 14 + 18 * index, line.name, `fill="${line.color}"`)
      return `<path d="${path.join('')}" fill="none" stroke="${line.color}" stroke-width="1.5"/>${dots.join('')}${legend}`
    }),
  ].join('\n')
}

/** Charts side by side as one SVG document. */
export function drawCharts(charts: readonly Chart[]): string {
  const width = size.width * charts.length
  const groups = charts.map((chart, index) => `<g transform="translate(${index * size.width})">${drawChart(chart)}</g>`)
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${size.height}" width="${width}" height="${size.height}" font-family="system-ui, sans-serif" font-size="12"><rect width="100%" height="100%" fill="#fff"/>\n${groups.join('\n')}\n</svg>\n`
}

/** `&`, `<`, `>` and quotes as entities. */
export function escapeMarkup(value: string): string {
  return value.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

const text = (x: number, y: number, value: string, attributes: string) =>
  `<text x="${round(x)}" y="${round(y)}" ${attributes}>${escapeMarkup(value)}</text>`

const round = (value: number) => Math.round(value * 10) / 10

const label = (value: number) => String(Number(value.toPrecision(3)))

function decades(least: number, most: number): [number, number] {
  const low = 10 ** Math.floor(Math.log10(least))
  const high = 10 ** Math.ceil(Math.log10(most))
  return [low, high > low ? high : low * 10]
}

function powers(low: number, high: number): number[] {
  const count = Math.round(Math.log10(high / low))
  return Array.from({ length: count + 1 }, (_, index) => low * 10 ** index)
}
