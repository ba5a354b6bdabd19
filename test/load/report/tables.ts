import type { Summary } from '../histogram.ts'
import type { StageFigures } from '../run-scenario.ts'
import type { Report } from './report.ts'

/** Rows of cells, the first of which are the heads. */
export interface Table {
  readonly title: string
  readonly rows: readonly (readonly string[])[]
}

/** Three significant digits, or a dash. */
const number = (value: number | null) => (value === null ? '–' : String(Number(value.toPrecision(3))))
const percent = (share: number) => `${number(100 * share)} %`
const heads = ['p50', 'p95', 'p99', 'p99.9', 'longest']
const times = ({ p50, p95, p99, p999, max }: Summary) => [p50, p95, p99, p999, max].map(number)

/** The tables of a report, from the whole to the parts. */
export function tablesOf(report: Report): Table[] {
  const { total, stages, ramp, verdicts } = report
  const processNames = [...new Set([...stages, ...ramp].flatMap(({ processes }) => Object.keys(processes)))]
  return [
    { title: 'Stages, times in ms', rows: [stageHeads, ...stages.map((stage) => stageRow(stage))] },
    ...(ramp.length === 0
      ? []
      : [{ title: 'Ramp', rows: [stageHeads, ...ramp.map((step) => stageRow(step, step.sustained ? '' : ' ✗'))] }]),
    {
      title: 'All stages together, in ms',
      rows: [
        ['', 'count', ...heads],
        ...Object.entries(total.by_request).map(([name, summary]) => [name, String(summary.count), ...times(summary)]),
        ['first token', String(total.first_token_ms.count), ...times(total.first_token_ms)],
        ['gap of tokens', String(total.token_gap_ms.count), ...times(total.token_gap_ms)],
        ['lateness of the load test', String(total.late_ms.count), ...times(total.late_ms)],
      ],
    },
    {
      title: 'Members, in ms, as the diagnosis says',
      rows: [
        ['', 'count', ...heads, 'lost'],
        ...Object.entries(total.by_member).map(([id, summary]) => [
          id,
          String(summary.count),
          ...times(summary),
          String(summary.lost),
        ]),
      ],
    },
    {
      title: 'Processes: share of a core, most resident MiB',
      rows: [
        ['due/s', ...processNames],
        ...[...stages, ...ramp].map(({ rate, processes }) => [
          number(rate),
          ...processNames.map((name) => {
            const { processor_share: share = null, resident_mib: mib = null } = processes[name] ?? {}
            return `${share === null ? '–' : percent(share)}, ${number(mib)}`
          }),
        ]),
      ],
    },
    {
      title: 'Errors by code',
      rows: [['code', 'count'], ...Object.entries(total.errors).map(([code, count]) => [code, String(count)])],
    },
    {
      title: 'Thresholds',
      rows: [
        ['', 'limit', 'value', ''],
        ...verdicts.map(({ threshold, limit, value, pass }) => [
          threshold,
          number(limit),
          number(value),
          pass ? 'pass' : 'FAIL',
        ]),
      ],
    },
  ].filter(({ rows }) => rows.length > 1)
}

const stageHeads = ['due/s', 'answered/s', ...heads, 'first token p95', 'failed', 'degraded']

function stageRow({ rate, throughput, figures }: StageFigures, mark = ''): string[] {
  return [
    `${number(rate)}${mark}`,
    number(throughput),
    ...times(figures.latency_ms),
    number(figures.first_token_ms.p95),
    `${figures.failed} (${percent(figures.failed_share)})`,
    percent(figures.degraded_share),
  ]
}

/** Tables as Markdown. */
export function toMarkdown(tables: readonly Table[]): string {
  return tables
    .map(({ title, rows }) => {
      const [head = [], ...body] = rows
      const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
      const rule = `|${head.map((_, index) => (index === 0 ? '---' : '---:')).join('|')}|`
      return [`${title}:`, '', line(head), rule, ...body.map(line)].join('\n')
    })
    .join('\n\n')
}
