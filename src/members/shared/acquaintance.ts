import { unlessAborted } from '../../unless-aborted.ts'
import { fromAbort } from './failures.ts'

/** What is known of a server, asked once for all callers. */
export interface Acquaintance<Known> {
  /** Asks when nothing is known yet. */
  known(signal: AbortSignal): Promise<Known>
  /** Asks anew; what was known before stands until there is an answer. */
  renewed(signal: AbortSignal): Promise<Known>
}

/**
 * The question runs on a time-out of its own, not on the signal of whoever asked first: a caller that goes away must not
 * fail the others.
 *
 * @param ms milliseconds that the question may take.
 * @param meet asks the server, given what was known before: most of it need not be asked twice.
 */
export function defineAcquaintance<Known>(
  member: string,
  ms: number,
  meet: (before: Known | null, signal: AbortSignal) => Promise<Known>,
): Acquaintance<Known> {
  let current: Known | null = null
  let meeting: Promise<Known> | null = null

  function renewed(signal: AbortSignal): Promise<Known> {
    meeting ??= meet(current, AbortSignal.timeout(ms))
      .then((found) => {
        current = found
        return found
      })
      .finally(() => {
        meeting = null
      })
    return unlessAborted(meeting, signal, () => fromAbort(member, signal))
  }

  return { renewed, known: async (signal) => current ?? renewed(signal) }
}
