import type { LatticeContext } from '../../core/lattice/context.ts'
import type { MemberCalls } from './member-calls.ts'

/** The list of a context was to come by a stream that the text has left. */
export const left = new Error('the stream was left')

/** Contexts whose lists are on their way, by a stream or by a call of their own, and who waits for them. */
export class ListsUnderWay {
  readonly #calls: MemberCalls
  readonly #awaited = new Map<LatticeContext, PromiseWithResolvers<void>>()
  /** To be asked for at the end of this turn. */
  readonly #asked: LatticeContext[] = []

  constructor(calls: MemberCalls) {
    this.#calls = calls
    const { signal } = calls
    const end = () => {
      for (const context of [...this.#awaited.keys()]) this.fail(context, calls.named(signal.reason))
    }
    signal.addEventListener('abort', end, { once: true })
  }

  /** Whether a call is under way that will bring the list. */
  has(context: LatticeContext): boolean {
    return this.#awaited.has(context)
  }

  /** A call that was made elsewhere will bring the list. */
  expect(context: LatticeContext): PromiseWithResolvers<void> {
    const awaited = Promise.withResolvers<void>()
    // Nobody may come for it: the text may turn off before.
    awaited.promise.catch(() => {})
    this.#awaited.set(context, awaited)
    return awaited
  }

  /**
   * Resolves when the list has come that is on its way, or is asked for now. Those asked for at one time go in one call, where the
   * protocol takes several.
   */
  coming(context: LatticeContext): Promise<void> {
    return (this.#awaited.get(context) ?? this.#ask(context)).promise
  }

  settle(context: LatticeContext): void {
    this.#awaited.get(context)?.resolve()
    this.#awaited.delete(context)
  }

  fail(context: LatticeContext, error: unknown): void {
    this.#awaited.get(context)?.reject(error)
    this.#awaited.delete(context)
  }

  #ask(context: LatticeContext): PromiseWithResolvers<void> {
    const awaited = this.expect(context)
    this.#asked.push(context)
    if (this.#asked.length === 1) queueMicrotask(() => this.#send(this.#asked.splice(0)))
    return awaited
  }

  #send(contexts: readonly LatticeContext[]): void {
    for (const together of this.#calls.together(contexts)) {
      this.#calls.fetchAll(together, this.#calls.planned.topK).then(
        () => {
          for (const context of together) this.settle(context)
        },
        (error: unknown) => {
          for (const context of together) this.fail(context, error)
        },
      )
    }
  }
}
