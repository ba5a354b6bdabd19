import uPlot from 'uplot'
import { colourOf, resolved } from './colours.ts'
import { milliseconds } from './format.ts'
import type { Segment } from './segment.ts'
import { endOf, type Shape, shapesOf, type Tone } from './timeline-shapes.ts'
import type { Timeline } from './wire.ts'

const laneHeight = 36
const axisHeight = 30
const padding = 8

/** How each tone is painted where it is not in the member's colour. */
const inks: Readonly<Partial<Record<Tone, string>>> = {
  wait: 'var(--ink)',
  left: 'var(--ink)',
  reopened: 'var(--ink)',
  lost: 'var(--error)',
  back: 'var(--good)',
}
const faint: Readonly<Partial<Record<Tone, number>>> = { wasted: 0.35, left: 0.55 }

interface Lane {
  readonly name: string
  readonly shapes: readonly (Shape & { readonly colour: string })[]
}

/**
 * Draws the timeline of a run: a lane for the text, one for each member. What is dragged over is shown larger; a double click shows all.
 *
 * @param marked the segment whose moment is marked, asked at every drawing.
 */
export function drawWaves(
  root: HTMLElement,
  width: number,
  timeline: Timeline,
  segments: readonly Segment[],
  marked: () => number | null,
): uPlot {
  // From below: lanes are counted upwards.
  const lanes = [
    ...timeline.members.map(({ id, events }) => memberLane(id, shapesOf(events))).reverse(),
    textLane(timeline, segments),
  ]
  const ink = resolved('var(--ink)')
  const soft = resolved('var(--ink-soft)')

  function paint(chart: uPlot): void {
    const { ctx, bbox } = chart
    ctx.save()
    ctx.beginPath()
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height)
    ctx.clip()
    for (const [index, { shapes }] of lanes.entries()) {
      for (const shape of shapes) paintShape(chart, index, shape)
    }
    const segment = marked()
    const at = segment === null ? undefined : timeline.segments[segment]
    if (at !== undefined) {
      ctx.fillStyle = ink
      ctx.fillRect(Math.round(chart.valToPos(at, 'x', true)), bbox.top, 2 * devicePixelRatio, bbox.height)
    }
    ctx.restore()
  }

  const axis = { stroke: soft, grid: { stroke: resolved('var(--line)'), width: 1 }, ticks: { show: false } }
  const end = endOf(timeline)
  const narrow = width < 480
  return new uPlot(
    {
      width,
      height: lanes.length * laneHeight + axisHeight + padding,
      padding: [padding, padding, 0, 0],
      legend: { show: false },
      cursor: { y: false, points: { show: false }, drag: { x: true, y: false } },
      scales: { x: { time: false, range: (_, from, to) => [from, to] }, y: { range: [0, lanes.length] } },
      axes: [
        { ...axis, values: (_, splits) => splits.map((split) => milliseconds(split)), size: axisHeight, space: 70 },
        {
          ...axis,
          grid: { show: false },
          splits: () => lanes.map((_, index) => index + 0.5),
          values: () => lanes.map(({ name }) => name),
          size: narrow ? 72 : 88,
          font: `${narrow ? 10 : 12}px system-ui, sans-serif`,
        },
      ],
      series: [{}, { show: false }],
      hooks: { draw: [paint] },
    },
    [
      [0, end],
      [0, 0],
    ],
    root,
  )
}

function memberLane(id: string, shapes: readonly Shape[]): Lane {
  const colours = Object.fromEntries(Object.entries(inks).map(([tone, ink]) => [tone, resolved(ink)]))
  const own = resolved(colourOf(id))
  return { name: id, shapes: shapes.map((shape) => ({ ...shape, colour: colours[shape.tone] ?? own })) }
}

function textLane({ segments: moments }: Timeline, segments: readonly Segment[]): Lane {
  const shapes = moments.map((at, index) => {
    const carrier = segments[index]?.carrier ?? null
    const colour = resolved(carrier === null ? 'var(--ink-soft)' : colourOf(carrier))
    return { tone: 'kept' as const, from: at, to: at, foot: 0.24, top: 0.8, colour }
  })
  return { name: 'text', shapes }
}

function paintShape(chart: uPlot, lane: number, { tone, from, to, foot, top, colour }: Lane['shapes'][number]): void {
  const left = chart.valToPos(from, 'x', true)
  const upper = chart.valToPos(lane + top, 'y', true)
  // A moment has no width of its own; what is short must not vanish.
  const width = Math.max(from === to ? 1.5 * devicePixelRatio : 1, chart.valToPos(to, 'x', true) - left)
  chart.ctx.globalAlpha = faint[tone] ?? 1
  chart.ctx.fillStyle = colour
  chart.ctx.fillRect(left, upper, width, chart.valToPos(lane + foot, 'y', true) - upper)
  chart.ctx.globalAlpha = 1
}
