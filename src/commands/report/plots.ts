import * as Plot from '@observablehq/plot'
import { parseHTML } from 'linkedom'
import type { Report } from '../../compose/evaluation/report.ts'

/** A figure as SVG, self-contained. */
export interface Figure {
  readonly title: string
  readonly svg: string
}

const leftMargin = 190
const rowHeight = 22

/** Where confidence is honest. */
const diagonal: [number, number][] = [
  [0, 0],
  [1, 1],
]

type Measure = Report['measures'][number]

/** Losses of all contenders on each domain, and what they save against the best member, with 95 % intervals. */
export function figuresOf(report: Report): Figure[] {
  return [
    ...report.measures.flatMap((measure) => [lossFigure(measure), gainFigure(measure)]),
    ...(report.calibration.length > 0 ? [reliabilityFigure(report)] : []),
  ]
}

interface Mark {
  readonly name: string
  readonly domain: string
  readonly estimate: number
  readonly low: number
  readonly high: number
}

function marksOf({ standings }: Measure, what: 'loss' | 'gain'): Mark[] {
  return standings.flatMap(({ domain, standings }) =>
    standings.flatMap(({ name, [what]: interval }) => (interval === null ? [] : [{ name, domain, ...interval }])),
  )
}

function lossFigure(measure: Measure): Figure {
  const marks = marksOf(measure, 'loss')
  return { title: `${measure.name}, with 95 % intervals by document`, svg: intervals(marks, measure.name, null) }
}

function gainFigure(measure: Measure): Figure {
  const marks = marksOf(measure, 'gain').map((mark) => ({
    ...mark,
    estimate: 100 * mark.estimate,
    low: 100 * mark.low,
    high: 100 * mark.high,
  }))
  const label = 'saved against the best member of the domain, %'
  return { title: `${measure.name}: ${label}`, svg: intervals(marks, label, 0) }
}

/** A panel a domain, a row a contender: its interval as a line, its estimate as a dot. */
function intervals(marks: readonly Mark[], label: string, rule: number | null): string {
  const names = [...new Set(marks.map(({ name }) => name))]
  const domains = [...new Set(marks.map(({ domain }) => domain))]
  return drawn({
    width: 860,
    height: 60 + domains.length * (names.length * rowHeight + 24),
    marginLeft: leftMargin,
    marginRight: 90,
    x: { label, grid: true },
    y: { label: null, domain: names },
    fy: { label: null, domain: domains },
    marks: [
      ...(rule === null ? [] : [Plot.ruleX([rule])]),
      Plot.ruleY(marks, { fy: 'domain', y: 'name', x1: 'low', x2: 'high', stroke: '#4269d0', strokeWidth: 2 }),
      Plot.dot(marks, { fy: 'domain', y: 'name', x: 'estimate', r: 4, fill: '#4269d0' }),
      Plot.frame({ stroke: '#ddd' }),
    ],
  })
}

function reliabilityFigure({ calibration }: Report): Figure {
  const points = calibration.flatMap(({ name, bins }) =>
    bins.filter(({ count }) => count > 0).map((bin) => ({ name, ...bin })),
  )
  const svg = drawn({
    width: 860,
    height: 90 + Math.ceil(860 / calibration.length),
    x: { label: 'confidence', domain: [0, 1], ticks: 3 },
    y: { label: 'share that was right', domain: [0, 1], grid: true },
    fx: { label: null, domain: calibration.map(({ name }) => name) },
    marks: [
      Plot.line(diagonal, { stroke: '#999', strokeDasharray: '4 4' }),
      Plot.line(points, { fx: 'name', x: 'confidence', y: 'accuracy', stroke: '#4269d0' }),
      Plot.dot(points, { fx: 'name', x: 'confidence', y: 'accuracy', r: 'count', stroke: '#4269d0', fill: 'white' }),
      Plot.frame({ stroke: '#ddd' }),
    ],
  })
  return { title: 'Reliability: circles by number of answers; on the dashed line confidence is honest', svg }
}

function drawn(options: Plot.PlotOptions): string {
  // A document that is no browser's: Plot needs no more than its elements.
  const { document } = parseHTML('<!doctype html><html><body></body></html>')
  const plot = Plot.plot({ ...options, document: document as unknown as NonNullable<Plot.PlotOptions['document']> })
  plot.setAttribute('xmlns', 'http://www.w3.org/2000/svg')
  return plot.outerHTML
}
