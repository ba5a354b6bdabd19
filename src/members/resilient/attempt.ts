import { TuttiError } from '../../errors.ts'
import { linkedTo } from '../../linked-signal.ts'
import type { Member } from '../member.ts'
import type { Call } from './decorated.ts'

/** A replica with the calls that it has in work. */
export interface Place {
  readonly member: Member
  calls: number
  /** Why it is not called while another can be, from a call or a probe that failed to the next probe that does not; null: it is. */
  down: string | null
}

/** A call of one replica that has begun. */
export interface Attempt<T> {
  readonly place: Place
  /** Milliseconds of the clock. */
  readonly startedMs: number
  /** The first item of its answer. */
  readonly first: Promise<IteratorResult<T, unknown>>
  readonly items: AsyncIterator<T>
  /** Ends the call, read or not. */
  end(): Promise<void>
  /** Ends it at once, for another has answered. */
  abandon(): void
}

export function begin<T>(place: Place, { signal, on }: Call<AsyncIterable<T>>, clock: () => number): Attempt<T> {
  const running = linkedTo(signal)
  const items = on(place.member, running.signal)[Symbol.asyncIterator]()
  place.calls++
  const startedMs = clock()
  const first = items.next()
  let ended = false
  async function end(): Promise<void> {
    if (ended) return
    ended = true
    place.calls--
    running.release()
    await items.return?.()
  }
  return {
    place,
    startedMs,
    first,
    items,
    end,
    abandon() {
      running.abort(new TuttiError('client_closed', 'another replica has answered first', { member: place.member.id }))
      // It fails for having been ended, or has answered too late: either is of no interest to anyone.
      first.then(end, end).catch(() => {})
    },
  }
}
