import { extendContext, type LatticeContext } from '../../core/lattice/context.ts'
import { vocabularyOf } from '../ask-list.ts'
import type { MemberCalls, StreamOptions } from './member-calls.ts'

export interface StreamEvents {
  /** A list has come for `context`; the path goes on with `token`. */
  listed(context: LatticeContext, token: number): void
  /** The stream has ended before the list of `head` came: by its length, or by `error`. */
  ended(head: LatticeContext, error: unknown): void
}

/** Lists taken in that the path has not come to; the rest waits in the connection, which holds the server back. */
const mostUnread = 16

/** A member's own continuation of a context, read as it comes: each of its lists is given to the context it belongs to. */
export class MemberStream {
  readonly #aborted = new AbortController()
  readonly #calls: MemberCalls
  readonly #events: StreamEvents
  /** Which of the stream's lists a context got; holds none of them in memory. */
  readonly #order = new WeakMap<LatticeContext, number>()
  #nearer = Promise.withResolvers<void>()
  #wanted = false
  /** Lists that have come. */
  served = 0
  /** Those of them that the path has come to. */
  followed = 0
  /** The context whose list comes next; null when the model has ended the text. */
  head: LatticeContext | null

  constructor(calls: MemberCalls, start: LatticeContext, options: Omit<StreamOptions, 'signal'>, events: StreamEvents) {
    this.#calls = calls
    this.#events = events
    this.head = start
    void this.#read(start, options)
  }

  /** The path has come to `context`. */
  follow(context: LatticeContext): void {
    this.followed = Math.max(this.followed, this.#order.get(context) ?? 0)
    this.#nearer.resolve()
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
    this.#nearer.resolve()
  }

  async #read(start: LatticeContext, options: Omit<StreamOptions, 'signal'>): Promise<void> {
    const vocabulary = vocabularyOf(this.#calls.planned.probe)
    const signal = AbortSignal.any([this.#calls.signal, this.#aborted.signal])
    let error: unknown = null
    try {
      for await (const step of this.#calls.stream(start, { ...options, signal })) {
        const context = this.head
        if (this.#aborted.signal.aborted || context === null) return
        this.#calls.take(context, step.distribution)
        this.#order.set(context, ++this.served)
        this.head = vocabulary.end.has(step.token) ? null : extendContext(context, step.token)
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
