import uPlot from 'uplot'
import { resolved } from './colours.ts'

/** A small line of the last values, without axes; null: there was none. */
export function drawSparkline(root: HTMLElement, values: readonly (number | null)[], colour: string): uPlot {
  const most = Math.max(1, ...values.map((value) => value ?? 0))
  return new uPlot(
    {
      width: 160,
      height: 36,
      padding: [2, 0, 0, 0],
      legend: { show: false },
      cursor: { show: false },
      scales: { x: { time: false }, y: { range: [0, most * 1.1] } },
      axes: [{ show: false }, { show: false }],
      series: [
        {},
        {
          stroke: resolved(colour),
          fill: resolved(`color-mix(in srgb, ${colour} 22%, transparent)`),
          width: 2,
          points: { show: false },
        },
      ],
    },
    [values.map((_, index) => index), [...values]],
    root,
  )
}
