import type { PathContext } from '../../core/lattice/symbol-path.ts'
import type { ErrorCode } from '../../errors.ts'
import { type CallPurpose, type CallWatch, LaneCall } from './lane-call.ts'
import type { TimelineEvent } from './timeline-view.ts'

/** What lanes share. */
export interface LaneWatch {
  now(): number
  /** Whether there is room for one more event. */
  takesOne(): boolean
  /** Milliseconds since the beginning, to a tenth. */
  since(clockMs: number): number
}

type Point = { readonly at: number } & (
  | { readonly kind: 'reopen' | 'back' }
  | { readonly kind: 'lost'; readonly code: ErrorCode }
)
type Wait = { readonly kind: 'wait'; readonly at: number; readonly until: number }

/** Shorter ones are no waiting but the event loop's own time. */
const leastWaitMs = 0.5

/** What one member did in a request, and when. */
export class Lane {
  readonly #watch: LaneWatch & CallWatch
  readonly #calls: LaneCall[] = []
  readonly #others: (Point | Wait)[] = []
  /** Which call a list came by; holds none of them in memory. */
  readonly #brought = new WeakMap<PathContext, LaneCall>()
  #last: LaneCall | null = null
  /** When the member was lost; null while it is present. */
  #lostAt: number | null = null
  #backAt = 0

  constructor({ now, takesOne, since }: LaneWatch) {
    const begun = (call: LaneCall) => {
      if (takesOne()) this.#calls.push(call)
    }
    this.#watch = { now, takesOne, since, begun }
  }

  /** A call that is going to be made. */
  call(purpose: CallPurpose): LaneCall {
    this.#last = new LaneCall(purpose, this.#watch, this.#last)
    return this.#last
  }

  /** The list of a context has come by a call. */
  brought(context: PathContext, call: LaneCall): void {
    call.fetched++
    this.#brought.set(context, call)
  }

  /** A list took part in a decision, for the first time. */
  used(context: PathContext): void {
    const call = this.#brought.get(context)
    if (call !== undefined) call.kept++
  }

  /** The text has left the member's stream, and it begins anew. */
  reopen(): void {
    this.#put({ kind: 'reopen', at: this.#watch.now() })
  }

  lost(code: ErrorCode): void {
    this.#lostAt = this.#watch.now()
    this.#put({ kind: 'lost', at: this.#lostAt, code })
  }

  back(): void {
    this.#lostAt = null
    this.#backAt = this.#watch.now()
    this.#put({ kind: 'back', at: this.#backAt })
  }

  /** The choice waited for the member; while that is lost, nobody does. */
  wait(from: number, until: number): void {
    const wait: Wait = {
      kind: 'wait',
      at: Math.max(from, this.#backAt),
      until: this.#lostAt === null ? until : Math.min(until, this.#lostAt),
    }
    if (wait.until - wait.at >= leastWaitMs) this.#put(wait)
  }

  /** In the order of their beginnings. */
  events(endMs: number): TimelineEvent[] {
    const { since } = this.#watch
    const calls = this.#calls.map((call) => this.#toEvent(call, endMs))
    const others = this.#others.map(({ at, ...event }): TimelineEvent => {
      const at_ms = since(at)
      return event.kind === 'wait' ? { kind: event.kind, at_ms, until_ms: since(event.until) } : { ...event, at_ms }
    })
    return [...calls, ...others].sort((one, other) => one.at_ms - other.at_ms)
  }

  #toEvent({ purpose, at, until, end, fetched, kept }: LaneCall, endMs: number): TimelineEvent {
    const { since } = this.#watch
    const span = { at_ms: since(at ?? endMs), until_ms: since(until ?? endMs) }
    return { ...purpose, ...span, end, kept, wasted: fetched - kept }
  }

  #put(event: Point | Wait): void {
    if (this.#watch.takesOne()) this.#others.push(event)
  }
}
