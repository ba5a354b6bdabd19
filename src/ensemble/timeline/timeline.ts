import { Lane } from './lane.ts'
import type { TimelineView } from './timeline-view.ts'

/** Most events of one request. */
const mostEvents = 2_000

/** What the members of one request do, and when: kept only where a request asks for it. */
export class Timeline {
  readonly #clock: () => number
  readonly #begunMs: number
  readonly #lanes: ReadonlyMap<string, Lane>
  readonly #segments: number[] = []
  #events = 0

  /** @param begunMs of the clock, which is in milliseconds. */
  constructor(ids: readonly string[], clock: () => number, begunMs: number) {
    this.#clock = clock
    this.#begunMs = begunMs
    const watch = {
      now: clock,
      takesOne: () => ++this.#events <= mostEvents,
      since: (clockMs: number) => Math.round((clockMs - begunMs) * 10) / 10,
    }
    this.#lanes = new Map(ids.map((id) => [id, new Lane(watch)]))
  }

  lane(id: string): Lane {
    return this.#lanes.get(id) as Lane
  }

  /** Milliseconds since the beginning, to a tenth. */
  now(): number {
    return Math.round((this.#clock() - this.#begunMs) * 10) / 10
  }

  /** A segment is part of the text that was decided then. */
  segment(atMs: number): void {
    this.#segments.push(atMs)
  }

  /** @param endMs of the clock; what is still open ends then. */
  view(endMs: number): TimelineView {
    return {
      members: [...this.#lanes].map(([id, lane]) => ({ id, events: lane.events(endMs) })),
      segments: this.#segments,
      ...(this.#events > mostEvents && { truncated: true }),
    }
  }
}
