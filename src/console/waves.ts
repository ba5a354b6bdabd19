import uPlot from 'uplot'
import { colourOf, resolved } from './colours.ts'
import { byId } from './dom.ts'
import { milliseconds } from './format.ts'
import type { Segment } from './segment.ts'
import type { Timeline, TimelineEvent } from './wire.ts'

const laneHeight = 34
const axisHeight = 40
const marks = new Set(['reopen', 'lost', 'back'])

export interface Waves {
  show(timeline: Timeline | null, segments: readonly Segment[]): void
  /** Marks the moment at which a segment was decided. */
  mark(segment: number | null): void
  repaint(): void
}

/** The timeline of a run: a lane for the text and one for each member, with streams, calls and waits. */
export function connectWaves(): Waves {
  const card = byId('waves', HTMLElement)
  const root = byId('waves-chart', HTMLElement)
  const note = byId('waves-note', HTMLElement)
  let chart: uPlot | null = null
  let shown: { readonly timeline: Timeline; readonly segments: readonly Segment[] } | null = null
  let marked: number | null = null

  const widthOf = () => Math.max(240, root.clientWidth)
  new ResizeObserver(() => {
    if (chart !== null && chart.width !== widthOf()) chart.setSize({ width: widthOf(), height: chart.height })
  }).observe(root)

  function draw(): void {
    chart?.destroy()
    chart = null
    if (shown === null) return
    const { timeline, segments } = shown
    const lanes = [...timeline.members].reverse()
    const names = [...lanes.map(({ id }) => id), 'text']
    const end = endOf(timeline)
    const ink = resolved('var(--ink-soft)')
    const strong = resolved('var(--ink)')
    const ground = resolved('var(--card)')
    const colours = new Map(lanes.map(({ id }) => [id, resolved(colourOf(id))]))

    /** A rectangle of a lane; heights as shares of it, from its foot. */
    const block = (u: uPlot, lane: number, from: number, to: number, foot: number, top: number) => {
      const left = u.valToPos(from, 'x', true)
      const upper = u.valToPos(lane + top, 'y', true)
      u.ctx.fillRect(
        left,
        upper,
        Math.max(1, u.valToPos(to, 'x', true) - left),
        u.valToPos(lane + foot, 'y', true) - upper,
      )
    }

    const paint = (u: uPlot): void => {
      const { ctx } = u
      ctx.save()
      for (const [lane, { id, events }] of lanes.entries()) {
        const colour = colours.get(id) ?? ink
        for (const event of events) {
          const until = event.until_ms ?? event.at_ms
          if (event.kind === 'wait') {
            ctx.fillStyle = strong
            block(u, lane, event.at_ms, until, 0.08, 0.16)
          } else if (marks.has(event.kind)) {
            ctx.fillStyle = strong
            const at = u.valToPos(event.at_ms, 'x', true)
            ctx.fillRect(
              at - devicePixelRatio,
              u.valToPos(lane + 0.9, 'y', true),
              2 * devicePixelRatio,
              laneHeight * 0.7 * devicePixelRatio,
            )
          } else {
            const [foot, top] = event.kind === 'stream' ? [0.25, 0.85] : [0.35, 0.75]
            const used = event.at_ms + (until - event.at_ms) * keptShare(event)
            ctx.fillStyle = colour
            block(u, lane, event.at_ms, used, foot, top)
            ctx.globalAlpha = 0.35
            block(u, lane, used, until, foot, top)
            ctx.globalAlpha = 1
            if (event.end === 'aborted' || event.end === 'lost') {
              ctx.fillStyle = strong
              block(u, lane, until, until, foot, top)
            }
            // A gap between one call and the next that begins at once.
            ctx.fillStyle = ground
            block(u, lane, event.at_ms, event.at_ms, foot, top)
          }
        }
      }
      for (const [index, at] of timeline.segments.entries()) {
        const carrier = segments[index]?.carrier
        ctx.fillStyle = (carrier != null && colours.get(carrier)) || ink
        block(u, lanes.length, at, at, 0.2, 0.8)
      }
      const at = marked === null ? undefined : timeline.segments[marked]
      if (at !== undefined) {
        ctx.strokeStyle = strong
        ctx.lineWidth = 1.5 * devicePixelRatio
        ctx.beginPath()
        ctx.moveTo(u.valToPos(at, 'x', true), u.bbox.top)
        ctx.lineTo(u.valToPos(at, 'x', true), u.bbox.top + u.bbox.height)
        ctx.stroke()
      }
      ctx.restore()
    }

    const axis = { stroke: ink, grid: { stroke: resolved('var(--line)'), width: 1 }, ticks: { show: false } }
    const narrow = widthOf() < 480
    chart = new uPlot(
      {
        width: widthOf(),
        height: names.length * laneHeight + axisHeight,
        legend: { show: false },
        cursor: { show: false },
        scales: { x: { time: false, range: [0, end] }, y: { range: [0, names.length] } },
        axes: [
          { ...axis, values: (_, splits) => splits.map((split) => milliseconds(split)), size: axisHeight },
          {
            ...axis,
            grid: { show: false },
            splits: () => names.map((_, index) => index + 0.5),
            values: () => names,
            size: narrow ? 72 : 96,
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

  return {
    show(timeline, segments) {
      shown = timeline === null ? null : { timeline, segments }
      marked = null
      card.hidden = timeline === null
      draw()
      if (timeline === null) return
      const words = timeline.members.map(({ id, events }) => `${id}: ${inWords(events)}`)
      note.textContent = `${words.join('. ')}.${timeline.truncated ? ' Only the beginning is told of.' : ''}`
      root.setAttribute('role', 'img')
      root.setAttribute('aria-label', `Timeline of ${milliseconds(endOf(timeline))}. ${words.join('. ')}`)
    },
    mark(segment) {
      marked = segment
      chart?.redraw(false, false)
    },
    repaint: draw,
  }
}

function endOf({ members, segments }: Timeline): number {
  const moments = members.flatMap(({ events }) => events.map(({ at_ms, until_ms }) => until_ms ?? at_ms))
  return Math.max(1, segments.at(-1) ?? 0, ...moments)
}

/** Lists that the text used come first in a stream, those fetched in vain last. */
function keptShare({ kept = 0, wasted = 0 }: TimelineEvent): number {
  return kept + wasted === 0 ? 1 : kept / (kept + wasted)
}

function inWords(events: readonly TimelineEvent[]): string {
  const of = (kind: string) => events.filter((event) => event.kind === kind)
  const sum = (figure: (event: TimelineEvent) => number | undefined) =>
    events.reduce((total, event) => total + (figure(event) ?? 0), 0)
  const waits = of('wait').reduce((total, { at_ms, until_ms = at_ms }) => total + until_ms - at_ms, 0)
  const streams = of('stream')
  const left = streams.filter(({ end }) => end === 'aborted').length
  return [
    `${streams.length} streams${left > 0 ? `, ${left} of them left` : ''}`,
    `${of('call').length} calls`,
    `${sum(({ kept }) => kept)} lists used`,
    `${sum(({ wasted }) => wasted)} in vain`,
    `waited for ${milliseconds(waits)}`,
  ].join(', ')
}
