import { TuttiError } from '../../errors.ts'
import { linkedTo } from '../../linked-signal.ts'
import type { Member } from '../member.ts'
import { type Call, decorated } from './decorated.ts'

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
  async function* around<T>({ operation, signal, on }: Call<T>): AsyncGenerator<T, void> {
    const running = linkedTo(signal)
    const items = on(member, running.signal)[Symbol.asyncIterator]()
    let left = limits.totalMs ?? Number.POSITIVE_INFINITY
    let own = operation === 'answer' ? null : limits.firstTokenMs
    let what = 'no first token'
    try {
      for (;;) {
        const from = performance.now()
        const [ms, why] = own !== null && own < left ? [own, what] : [left, 'no end']
        const expire = () => running.abort(tooLate(member.id, why, ms))
        const timer = ms === Number.POSITIVE_INFINITY ? undefined : setTimeout(expire, ms)
        const { done, value } = await items.next().finally(() => clearTimeout(timer))
        if (done) return
        left = Math.max(0, left - (performance.now() - from))
        own = limits.betweenTokensMs
        what = 'no next token'
        yield value
      }
    } finally {
      running.release()
      await items.return?.()
    }
  }

  return decorated(member, around)
}

function tooLate(member: string, what: string, ms: number): TuttiError {
  return new TuttiError('member_timeout', `${member}: ${what} within ${Math.round(ms)} ms`, { member })
}
