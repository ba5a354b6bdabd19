import { TuttiError } from '../../errors.ts'
import { linkedTo } from '../../linked-signal.ts'
import type { Member } from '../member.ts'
import { type Around, decorated, type Operation } from './decorated.ts'

/** Milliseconds that a call's reader may wait; null for no limit. */
export interface TimeLimits {
  /** For the first token, or for an answer that comes in one piece. A server's written answer has no such limit. */
  readonly firstTokenMs: number | null
  readonly betweenTokensMs: number | null
  /** In all. */
  readonly totalMs: number | null
}

/**
 * The member whose calls end with `member_timeout` when their reader has waited too long. The time in which nobody waits for the next
 * token is the reader's own, and not counted.
 */
export function timed(member: Member, limits: TimeLimits): Member {
  const firstMs = (operation: Operation) => (operation === 'answer' ? null : limits.firstTokenMs)

  const around: Around = {
    async once({ operation, signal, on }) {
      const limit = leastOf(firstMs(operation), 'no first token', limits.totalMs)
      if (limit === null) return on(member, signal)
      const running = linkedTo(signal)
      const timer = setTimeout(() => running.abort(tooLate(member.id, limit)), limit.ms)
      try {
        return await on(member, running.signal)
      } finally {
        clearTimeout(timer)
        running.release()
      }
    },
    async *stream({ operation, signal, on }) {
      const running = linkedTo(signal)
      const items = on(member, running.signal)[Symbol.asyncIterator]()
      let left = limits.totalMs
      let own = firstMs(operation)
      let what = 'no first token'
      try {
        for (;;) {
          const from = performance.now()
          const limit = leastOf(own, what, left)
          const timer = limit && setTimeout(() => running.abort(tooLate(member.id, limit)), limit.ms)
          const { done, value } = await items.next().finally(() => clearTimeout(timer ?? undefined))
          if (done) return
          if (left !== null) left = Math.max(0, left - (performance.now() - from))
          own = limits.betweenTokensMs
          what = 'no next token'
          yield value
        }
      } finally {
        running.release()
        await items.return?.()
      }
    },
  }

  return decorated(member, around)
}

/** What the reader may wait, and what is missing then. */
interface Limit {
  readonly ms: number
  readonly what: string
}

/** The limit that is reached first; null where there is none. */
function leastOf(own: number | null, what: string, left: number | null): Limit | null {
  if (own !== null && (left === null || own < left)) return { ms: own, what }
  return left === null ? null : { ms: left, what: 'no end' }
}

function tooLate(member: string, { what, ms }: Limit): TuttiError {
  return new TuttiError('member_timeout', `${member}: ${what} within ${Math.round(ms)} ms`, { member })
}
