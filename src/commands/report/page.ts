import type { Report } from '../../compose/evaluation/report.ts'
import { figuresOf } from './plots.ts'

/** The report as one page that needs nothing else: no script, no font, no image of its own. */
export function pageOf(report: Report): string {
  const { ensemble, data, granularity, members, contenders } = report
  const title = `${escaped(ensemble)} on ${escaped(data.name)}`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; max-width: 56rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
table { border-collapse: collapse; margin: 1rem 0 } th, td { padding: .2rem .8rem; border-bottom: 1px solid #ddd; text-align: left }
td.figure { text-align: right; font-variant-numeric: tabular-nums } figure { margin: 1.5rem 0 } figcaption { font-weight: 600 }
.verdict { background: #f3f6fb; padding: .8rem 1rem; border-left: 4px solid #4269d0 } svg { max-width: 100% }
</style>
</head>
<body>
<h1>${title}</h1>
<p class="verdict">${escaped(verdictLine(report))}</p>
<p>${data.rows} rows, sha256 <code>${data.sha256}</code>; granularity ${granularity}; intervals by document, seed ${report.seed}.
Members: ${members.map(({ id, kind, model }) => `${escaped(id)} (${kind}, ${escaped(model)})`).join(', ')}.</p>
${figuresOf(report)
  .map(({ title, svg }) => `<figure><figcaption>${escaped(title)}</figcaption>${svg}</figure>`)
  .join('\n')}
${report.measures.map(standingsTables).join('\n')}
<h2>Diversity</h2>
${diversityTables(report)}
${report.calibration.length === 0 ? '' : calibrationTable(report)}
<h2>Contenders</h2>
${table(
  ['contender', 'pool', ...members.map(({ id }) => id)],
  contenders.map(({ name, pool, weights }) => [name, pool, ...weights.map((weight) => weight.toFixed(4))]),
)}
</body>
</html>
`
}

/** Who wins, in a sentence. */
export function verdictLine({ verdict: { best_member: best, better } }: Report): string {
  if (better.length === 0) return `No ensemble was shown to beat its best member: ${best} alone is the one to use.`
  return `Better than the best member alone (${best}), with the interval above 0: ${better.join(', ')}.`
}

function standingsTables({ name, unit, standings }: Report['measures'][number]): string {
  return standings
    .map(
      (one) =>
        `<h2>${escaped(name)}: ${escaped(one.domain)}</h2>\n<p>${one.documents} documents, ${one.size} ${escaped(unit)}; best member ${escaped(one.best)}</p>\n${table(
          ['contender', name, '95 %', 'saved', '95 %'],
          one.standings.map(({ name: contender, loss, gain }) => [
            contender,
            loss === null ? 'impossible' : loss.estimate.toFixed(4),
            loss === null ? '' : `${loss.low.toFixed(4)} to ${loss.high.toFixed(4)}`,
            gain === null ? '' : percent(gain.estimate),
            gain === null ? '' : `${percent(gain.low)} to ${percent(gain.high)}`,
          ]),
        )}`,
    )
    .join('\n')
}

function diversityTables({ diversity, members, task }: Report): string {
  const { pairs, accuracy, oracle, jensen_shannon: divergence } = diversity
  const figure = (value: number | null) => (value === null ? '-' : value.toFixed(3))
  const what = task === 'text' ? 'symbol' : 'label'
  return `${table(
    ['pair', 'disagreement', 'Q', 'error correlation'],
    pairs.map(({ members: pair, disagreement, q, errorCorrelation }) => [
      pair.join(', '),
      figure(disagreement),
      figure(q),
      figure(errorCorrelation),
    ]),
  )}
<p>Likeliest ${what} right: ${members.map(({ id }, m) => `${escaped(id)} ${percentOf(accuracy[m] ?? 0)}`).join(', ')};
some member's ${percentOf(oracle)}. Mean Jensen–Shannon divergence ${divergence.toFixed(3)} bits.</p>`
}

function calibrationTable({ calibration }: Report): string {
  return `<h2>Calibration</h2>\n${table(
    ['contender', 'expected calibration error'],
    calibration.map(({ name, error }) => [name, error.toFixed(4)]),
  )}`
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cell = (text: string) => `<td${/^[+−\-\d]/.test(text) ? ' class="figure"' : ''}>${escaped(text)}</td>`
  return `<table><thead><tr>${head.map((text) => `<th>${escaped(text)}</th>`).join('')}</tr></thead><tbody>
${rows.map((row) => `<tr>${row.map(cell).join('')}</tr>`).join('\n')}
</tbody></table>`
}

function percent(share: number): string {
  return `${share < 0 ? '' : '+'}${(100 * share).toFixed(2)} %`
}

function percentOf(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
