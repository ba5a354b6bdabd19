import type uPlot from 'uplot'
import { chartWidth, followWidth } from './chart-width.ts'
import { byId } from './dom.ts'
import { count, milliseconds } from './format.ts'
import type { Segment } from './segment.ts'
import { endOf, sumUp } from './timeline-shapes.ts'
import { drawWaves } from './waves-chart.ts'
import type { Timeline } from './wire.ts'

export interface Waves {
  show(timeline: Timeline | null, segments: readonly Segment[]): void
  /** Marks the moment at which a segment was decided. */
  mark(segment: number | null): void
  repaint(): void
}

/** The card with the timeline of a run. */
export function connectWaves(): Waves {
  const card = byId('waves', HTMLElement)
  const root = byId('waves-chart', HTMLElement)
  const note = byId('waves-note', HTMLElement)
  let chart: uPlot | null = null
  let shown: { readonly timeline: Timeline; readonly segments: readonly Segment[] } | null = null
  let marked: number | null = null

  followWidth(root, () => chart)

  function draw(): void {
    chart?.destroy()
    chart = shown === null ? null : drawWaves(root, chartWidth(root), shown.timeline, shown.segments, () => marked)
  }

  function describe({ members, truncated, ...rest }: Timeline): void {
    const words = members.map(({ id, events }) => {
      const { streams, left, calls, kept, wasted, waitedMs } = sumUp(events)
      const all = [count(streams, 'stream'), `${left} of them left`, count(calls, 'call'), `${kept} lists used`]
      return `${id}: ${[...all, `${wasted} in vain`, `waited for ${milliseconds(waitedMs)}`].join(', ')}`
    })
    root.setAttribute('role', 'img')
    root.setAttribute('aria-label', `Timeline of ${milliseconds(endOf({ members, ...rest }))}. ${words.join('. ')}.`)
    const { streams, left, calls } = sumUp(members.flatMap(({ events }) => events))
    note.textContent =
      `${count(streams, 'stream')}, of which the text left ${left}; ${count(calls, 'single call')}. ` +
      `Drag to look closer, double-click to see all.${truncated ? ' Only the beginning is told of.' : ''}`
  }

  return {
    show(timeline, segments) {
      shown = timeline === null ? null : { timeline, segments }
      marked = null
      card.hidden = timeline === null
      draw()
      if (timeline !== null) describe(timeline)
    },
    mark(segment) {
      marked = segment
      chart?.redraw(false, false)
    },
    repaint: draw,
  }
}
