import { TuttiError, toTuttiError } from '../../errors.ts'
import type { Observer } from '../observer.ts'
import type { PlannedMember } from '../present.ts'
import type { LaneCall } from '../timeline/lane-call.ts'
import type { Ledger } from './ledger.ts'

export interface ToldOptions {
  /** Ends every call of the request. */
  readonly signal: AbortSignal
  readonly observer: Observer
  /** Milliseconds, monotonic. */
  readonly clock: () => number
}

/** Calls of one member as others hear of them: entered in its ledger, told to the observer, failures with its name. */
export class ToldCalls {
  readonly #planned: PlannedMember
  readonly #ledger: Ledger
  readonly #options: ToldOptions

  constructor(planned: PlannedMember, ledger: Ledger, options: ToldOptions) {
    this.#planned = planned
    this.#ledger = ledger
    this.#options = options
  }

  /** The error with the member's name. */
  named(error: unknown): TuttiError {
    const known = toTuttiError(error)
    if (known.member !== null) return known
    return new TuttiError(known.code, known.message, { member: this.#planned.seat.member.id, cause: known })
  }

  /** A call for distributions is made. */
  begin(call: LaneCall | null): LaneCall | null {
    this.#ledger.calls++
    call?.begin()
    return call
  }

  /** The events of one call for distributions. */
  async *events<T>(events: AsyncIterable<T>, signal: AbortSignal, call: LaneCall | null): AsyncGenerator<T, void> {
    const { clock } = this.#options
    const start = clock()
    const told = this.#telling()
    this.begin(call)
    try {
      for await (const event of events) {
        this.#ledger.firstListMs ??= clock() - start
        yield event
      }
      call?.close('finished')
    } catch (error) {
      call?.close(signal.aborted ? 'aborted' : 'lost')
      // A stream that its reader has ended did not fail.
      if (signal.aborted && !this.#options.signal.aborted) return
      told.outcome = toTuttiError(error).code
      throw this.named(error)
    } finally {
      call?.close('aborted')
      told.end()
    }
  }

  /** What one call is answered with; `call`, where it is for lists and somebody is shown it. */
  async answer<T>(call: LaneCall | null, ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const told = this.#telling()
    try {
      const answered = await ask(this.#options.signal)
      call?.close('finished')
      return answered
    } catch (error) {
      call?.close(this.#options.signal.aborted ? 'aborted' : 'lost')
      told.outcome = toTuttiError(error).code
      throw this.named(error)
    } finally {
      told.end()
    }
  }

  #telling(): { outcome: string; end(): void } {
    const { clock, observer } = this.#options
    const start = clock()
    const member = this.#planned.seat.member.id
    return {
      outcome: 'ok',
      end() {
        observer.memberCall({ member, outcome: this.outcome, seconds: (clock() - start) / 1000 })
      },
    }
  }
}
