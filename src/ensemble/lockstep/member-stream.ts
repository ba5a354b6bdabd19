import { extendContext, type LatticeContext } from '../../core/lattice/context.ts'
import type { MemberStep } from '../../members/member.ts'
import { vocabularyOf } from '../ask-list.ts'
import type { LaneCall } from '../timeline/lane-call.ts'
import type { MemberCalls } from './member-calls.ts'

export interface StreamEvents {
  /** A list has come for `context`; the path goes on with `token`. */
  listed(context: LatticeContext, token: number): void
  /** The stream has ended before the list of `head` came: by its length, or by `error`. */
  ended(head: LatticeContext, error: unknown): void
}

/** Lists taken in that the path has not come to; the rest waits in the connection, which holds the server back. */
export const mostUnread = 16

/** Steps of a member from a context on, by a call that ends with the signal. */
export interface OpenStream {
  readonly call: LaneCall | null
  open(signal: AbortSignal): AsyncIterable<MemberStep>
}

/** A member's way on from a context, read as it comes: each of its lists is given to the context it belongs to. */
export class MemberStream {
  readonly #aborted = new AbortController()
  readonly #calls: MemberCalls
  readonly #events: StreamEvents
  readonly #call: LaneCall | null
  /** Which of the stream's lists a context got; holds none of them in memory. */
  readonly #order = new WeakMap<LatticeContext, number>()
  #nearer = Promise.withResolvers<void>()
  #wanted = false
  /** Lists that have come. */
  served = 0
  /** Those of them that the path has come to. */
  followed = 0
  /** The tokens it has gone through, but for an end. */
  readonly tokens: number[] = []
  /** The context whose list comes next; null when the model has ended the text. */
  head: LatticeContext | null

  constructor(calls: MemberCalls, start: LatticeContext, { call, open }: OpenStream, events: StreamEvents) {
    this.#calls = calls
    this.#events = events
    this.#call = call
    this.head = start
    void this.#read(open)
  }

  /** The path has come to `context`. */
  follow(context: LatticeContext): void {
    this.followed = Math.max(this.followed, this.#order.get(context) ?? 0)
    this.#nearer.resolve()
  }

  /** The token that the stream goes on with after a context; null when it has not come there, or ends there. */
  after(context: LatticeContext): number | null {
    return this.tokens[(this.#order.get(context) ?? 0) - 1] ?? null
  }

  /** Contexts whose lists somebody waits for: by other ways than along the stream's the path may have come to its head. */
  want(contexts: readonly LatticeContext[]): void {
    if (this.head === null || !contexts.includes(this.head)) return
    this.#wanted = true
    this.#nearer.resolve()
  }

  /** Ends the stream and the server's work for it. */
  abort(): void {
    this.#aborted.abort()
    this.#call?.close('aborted')
    this.#nearer.resolve()
  }

  async #read(open: OpenStream['open']): Promise<void> {
    const vocabulary = vocabularyOf(this.#calls.planned.probe)
    const signal = AbortSignal.any([this.#calls.signal, this.#aborted.signal])
    let error: unknown = null
    try {
      for await (const step of open(signal)) {
        const context = this.head
        if (this.#aborted.signal.aborted || context === null) return
        this.#calls.take(context, step.distribution, this.#call)
        this.#order.set(context, ++this.served)
        const ends = vocabulary.end.has(step.token)
        if (!ends) this.tokens.push(step.token)
        this.head = ends ? null : extendContext(context, step.token)
        this.#events.listed(context, step.token)
        await this.#approach()
      }
    } catch (thrown) {
      error = thrown
    }
    if (!this.#aborted.signal.aborted && this.head !== null) this.#events.ended(this.head, error)
  }

  /** Waits until the path comes near: what is read too early is work that others wait for, and often work for nothing. */
  async #approach(): Promise<void> {
    while (this.served - this.followed >= mostUnread && !this.#wanted && !this.#aborted.signal.aborted) {
      this.#nearer = Promise.withResolvers()
      await this.#nearer.promise
    }
    this.#wanted = false
  }
}
