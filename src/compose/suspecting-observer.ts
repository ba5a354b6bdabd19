import type { Observer } from '../ensemble/observer.ts'
import { type ErrorCode, errorTable } from '../errors.ts'

/**
 * An observer that also reports members whose calls failed for reasons of theirs (unreachable, unavailable, timed out),
 * so that they are taken out at once and not at the next probe. A refused call says nothing about health.
 */
export function suspecting<O extends Observer>(observer: O, suspect: (member: string, reason: string) => void): O {
  return {
    ...observer,
    memberCall(event) {
      observer.memberCall(event)
      const code = event.outcome as ErrorCode
      const row = errorTable[code] as (typeof errorTable)[ErrorCode] | undefined
      if (row?.type === 'member_error' && row.retryable) suspect(event.member, `its last call failed (${code})`)
    },
  }
}
