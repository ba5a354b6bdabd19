import { type Chart, drawCharts, escapeMarkup, type Line } from './chart.ts'
import type { Report } from './report.ts'
import { type Table, tablesOf } from './tables.ts'

const colors = ['#1b6ca8', '#c77700', '#b3261e', '#5b2a86']

/** Latency and throughput over the rate that was due. */
export function chartsOf({ stages, ramp, total }: Report): string {
  const steps = [...stages, ...ramp].toSorted((a, b) => a.rate - b.rate)
  const latency = (['p50', 'p95', 'p99', 'p999'] as const).map(
    (name, index): Line => ({
      name: name === 'p999' ? 'p99.9' : name,
      color: colors[index] as string,
      points: steps.map(({ rate, figures }) => ({ x: rate, y: figures.latency_ms[name] })),
    }),
  )
  const charts: Chart[] = [
    { title: 'Latency', xTitle: 'requests/s due', yTitle: 'ms', lines: latency, logarithmic: true },
    {
      title: `Throughput (${total.requests} requests in stages, ${total.failed} failed)`,
      xTitle: 'requests/s due',
      yTitle: 'answers/s',
      lines: [
        { name: 'due', color: '#999', points: steps.map(({ rate }) => ({ x: rate, y: rate })) },
        {
          name: 'answered',
          color: '#1b6ca8',
          points: steps.map(({ rate, throughput }) => ({ x: rate, y: throughput })),
        },
      ],
    },
  ]
  return drawCharts(charts)
}

/** A page that needs no other file and no network. */
export function toPage(report: Report): string {
  const passed = report.verdicts.every(({ pass }) => pass)
  const facts = [
    report.url,
    report.started,
    report.machine,
    ...(report.saturation === null ? [] : [`sustained: ${report.saturation.toPrecision(3)} requests/s`]),
    ...(report.left_out.length === 0 ? [] : [`not sent, no such route: ${report.left_out.join(', ')}`]),
    passed ? 'all thresholds kept' : 'THRESHOLDS BROKEN',
  ]
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Tutti under load</title>
<style>
body { font: 14px/1.45 system-ui, sans-serif; margin: 2rem; color: #222 }
table { border-collapse: collapse; margin: 0 0 1.5rem }
td, th { padding: .2rem .7rem; border-bottom: 1px solid #ddd; text-align: right; font-variant-numeric: tabular-nums }
td:first-child, th:first-child { text-align: left }
svg { max-width: 100%; height: auto }
</style></head><body>
<h1>Tutti under load</h1>
<p>${facts.map(escapeMarkup).join('<br>')}</p>
${chartsOf(report)}
${tablesOf(report).map(drawTable).join('\n')}
<p>Times count from when a request was due, not from when it could be sent.</p>
</body></html>
`
}

function drawTable({ title, rows }: Table): string {
  const [head = [], ...body] = rows
  const row = (cells: readonly string[], tag: 'th' | 'td') =>
    `<tr>${cells.map((cell) => `<${tag}>${escapeMarkup(cell)}</${tag}>`).join('')}</tr>`
  return `<h2>${escapeMarkup(title)}</h2>\n<table>${row(head, 'th')}${body.map((cells) => row(cells, 'td')).join('')}</table>`
}
