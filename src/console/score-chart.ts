import uPlot from 'uplot'
import { chartWidth } from './chart-width.ts'
import { colourOf, resolved } from './colours.ts'
import { fused, runningBits } from './heat.ts'
import type { TextScore } from './wire.ts'

const height = 220

/** How the bits per byte settle along a text: a line for the fused distribution and one for each member. */
export function drawScoreChart(root: HTMLElement, { segments = [], members }: TextScore): uPlot {
  let bytes = 0
  const ends = segments.map((segment) => {
    bytes += segment.bytes.length
    return bytes
  })
  const ids = members.map(({ id }) => id)
  const axis = {
    stroke: resolved('var(--ink-soft)'),
    grid: { stroke: resolved('var(--line)'), width: 1 },
    ticks: { show: false },
    labelSize: 18,
    labelFont: '12px system-ui, sans-serif',
  }
  root.setAttribute('role', 'img')
  root.setAttribute(
    'aria-label',
    'Mean bits per byte from the beginning of the text; the table below has where the lines end',
  )
  return new uPlot(
    {
      width: chartWidth(root),
      height,
      legend: { show: false },
      cursor: { show: false },
      scales: { x: { time: false } },
      axes: [
        { ...axis, label: 'bytes of the text', size: 28 },
        { ...axis, label: 'bits per byte so far', size: 44 },
      ],
      series: [
        {},
        { stroke: resolved('var(--ink)'), width: 3, points: { show: false } },
        ...ids.map((id) => ({ stroke: resolved(colourOf(id)), width: 2, points: { show: false } })),
      ],
    },
    [ends, ...[fused, ...ids].map((source) => runningBits(segments, source))],
    root,
  )
}
