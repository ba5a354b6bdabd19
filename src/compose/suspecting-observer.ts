import type { Observer } from '../ensemble/observer.ts'
import { type ErrorCode, errorTable } from '../errors.ts'

/** What to do about a member whose call failed. */
export interface Suspicion {
  /** It can't be reached or refuses to work: to be taken out at once and not at the next probe. */
  suspect(member: string, reason: string): void
  /** It was late, for its own reasons or because the request's deadline passed: to be probed at once. */
  doubt(member: string): void
}

/**
 * An observer that also reports members whose calls failed. A refused call says nothing about health, and neither does one that the
 * gateway's own bulkhead has shed: no server was asked.
 */
export function suspecting<O extends Observer>(observer: O, { suspect, doubt }: Suspicion): O {
  return {
    ...observer,
    memberCall(event) {
      observer.memberCall(event)
      const code = event.outcome as ErrorCode
      const row = errorTable[code] as (typeof errorTable)[ErrorCode] | undefined
      if (code === 'member_busy') return
      if (code === 'member_timeout') doubt(event.member)
      else if (row?.type === 'member_error' && row.retryable) suspect(event.member, `its last call failed (${code})`)
    },
  }
}
