import { TuttiError } from '../errors.ts'
import { linkedTo } from '../linked-signal.ts'
import { endOf } from './end-of.ts'
import type { Ensemble } from './ensemble.ts'

/** As `AbortSignal.timeout` says it. */
export const timedOut = () => new DOMException('The operation was aborted due to timeout', 'TimeoutError')

/** Made once: see `requestEnded` of the session. */
const answered = new TuttiError('client_closed', 'another has answered')

/** A signal that aborts when time is over, unless it ends before. */
export interface TimeLimit {
  readonly signal: AbortSignal
  end(): void
}

/** As `AbortSignal.timeout`, whose timer stays until it fires, and with it all that waited: for a minute, of each request. */
export function timeLimit(ms: number): TimeLimit {
  const own = new AbortController()
  const timer = setTimeout(() => own.abort(timedOut()), ms).unref()
  return { signal: own.signal, end: () => clearTimeout(timer) }
}

export function deadlineExceeded({ deadlineMs }: Ensemble, cause: unknown): TuttiError {
  const message = `no answer within the ensemble's deadline of ${deadlineMs} ms`
  return new TuttiError('deadline_exceeded', message, { cause })
}

/** What of a request's options tells when it has to end. */
interface Timed {
  readonly signal: AbortSignal
  readonly clock: () => number
  readonly sinceMs?: number
}

/** Options of a request that has begun. */
export type Begun<O extends Timed> = O & { readonly sinceMs: number }

/** Those of one that begins now, unless it has begun before. */
export function begun<O extends Timed>(options: O): Begun<O> {
  return { ...options, sinceMs: options.sinceMs ?? options.clock() }
}

/** Milliseconds of the deadline that are left. */
export function leftMs({ deadlineMs }: Ensemble, { sinceMs, clock }: Timed): number {
  return Math.max(0, deadlineMs - (sinceMs === undefined ? 0 : clock() - sinceMs))
}

/**
 * Does what a request has to do before it asks for distributions.
 *
 * @throws TuttiError why `options.signal` aborted, or `deadline_exceeded` when its deadline passes meanwhile.
 */
export async function withinDeadline<T>(
  ensemble: Ensemble,
  options: Timed,
  task: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const own = linkedTo(options.signal)
  let late = false
  // Not AbortSignal.timeout, whose timer stays until it fires.
  const timer = setTimeout(
    () => {
      late = true
      own.abort(timedOut())
    },
    leftMs(ensemble, options),
  ).unref()
  try {
    return await task(own.signal)
  } catch (error) {
    // What a member makes of its call's end is no failure of the member's.
    if (options.signal.aborted) throw endOf(options.signal)
    throw late ? deadlineExceeded(ensemble, error) : error
  } finally {
    clearTimeout(timer)
    own.release()
    // Of several that were asked, those that nobody waits for any more.
    own.abort(answered)
  }
}
