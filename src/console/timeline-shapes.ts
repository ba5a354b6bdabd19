import type { Timeline, TimelineEvent } from './wire.ts'

/** What a rectangle stands for, which decides its colour. */
export type Tone = 'kept' | 'wasted' | 'wait' | 'left' | 'reopened' | 'lost' | 'back'

/** A rectangle of a lane: from and to in milliseconds, foot and top in shares of the lane's height. */
export interface Shape {
  readonly tone: Tone
  readonly from: number
  readonly to: number
  readonly foot: number
  readonly top: number
}

/** What a member did as rectangles of its lane, those above others last. */
export function shapesOf(events: readonly TimelineEvent[]): Shape[] {
  return events.flatMap(shapesOfEvent).sort((one, other) => order[one.tone] - order[other.tone])
}

const order: Readonly<Record<Tone, number>> = { wasted: 0, kept: 1, wait: 2, left: 3, reopened: 4, lost: 5, back: 5 }

function shapesOfEvent(event: TimelineEvent): Shape[] {
  const { kind, at_ms: from, until_ms: to = event.at_ms, end } = event
  if (kind === 'wait') return [{ tone: 'wait', from, to, foot: 0.06, top: 0.14 }]
  if (kind === 'reopen') return [{ tone: 'reopened', from, to, foot: 0.84, top: 0.98 }]
  if (kind === 'lost' || kind === 'back') return [{ tone: kind, from, to, foot: 0.1, top: 0.98 }]
  // Calls beside the stream are lower, so that both are seen.
  const height = kind === 'stream' ? { foot: 0.24, top: 0.8 } : { foot: 0.36, top: 0.68 }
  const used = from + (to - from) * keptShare(event)
  const shapes: Shape[] = [
    { tone: 'kept', from, to: used, ...height },
    { tone: 'wasted', from: used, to, ...height },
  ]
  const left: Shape[] = end === 'aborted' || end === 'lost' ? [{ tone: 'left', from: to, to, ...height }] : []
  return [...shapes.filter((shape) => shape.to > shape.from), ...left]
}

/** Lists that the text used come first in a stream, those fetched in vain last. */
function keptShare({ kept = 0, wasted = 0 }: TimelineEvent): number {
  return kept + wasted === 0 ? 0 : kept / (kept + wasted)
}

/** When the last of it ended, in milliseconds. */
export function endOf({ members, segments }: Timeline): number {
  const moments = members.flatMap(({ events }) => events.map(({ at_ms, until_ms }) => until_ms ?? at_ms))
  return moments.reduce((last, moment) => Math.max(last, moment), Math.max(1, segments.at(-1) ?? 0))
}

export interface WaveSums {
  readonly streams: number
  /** Streams that the text left. */
  readonly left: number
  readonly calls: number
  readonly kept: number
  readonly wasted: number
  readonly waitedMs: number
}

export function sumUp(events: readonly TimelineEvent[]): WaveSums {
  const of = (kind: string) => events.filter((event) => event.kind === kind)
  const sum = (figure: (event: TimelineEvent) => number | undefined) =>
    events.reduce((total, event) => total + (figure(event) ?? 0), 0)
  return {
    streams: of('stream').length,
    left: of('stream').filter(({ end }) => end === 'aborted').length,
    calls: of('call').length,
    kept: sum(({ kept }) => kept),
    wasted: sum(({ wasted }) => wasted),
    waitedMs: of('wait').reduce((total, { at_ms, until_ms = at_ms }) => total + until_ms - at_ms, 0),
  }
}
