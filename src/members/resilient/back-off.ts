import { type ErrorCode, TuttiError } from '../../errors.ts'

export interface BackOff {
  /** Milliseconds: the longest wait before the first retry; it doubles with each. */
  readonly firstMs: number
  /** Milliseconds: the longest wait of all. A server that asks for more is not waited for. */
  readonly longestMs: number
}

const notAgain: ReadonlySet<ErrorCode> = new Set(['member_timeout', 'member_busy', 'circuit_open'])

/**
 * Milliseconds to wait before a failed call is made again: drawn from 0 to a bound that doubles ("full jitter": Brooker, "Exponential
 * Backoff And Jitter", AWS 2015), behind what the server asked for by `Retry-After`. Null when it is not to be made again: it would
 * fail again, it was late and has had its time, too many calls wait already, or the server is to be left alone for longer.
 *
 * @param retries made before.
 * @param random from [0, 1).
 */
export function waitBefore(error: unknown, retries: number, backOff: BackOff, random: () => number): number | null {
  if (!(error instanceof TuttiError) || !error.retryable || error.type !== 'member_error') return null
  if (notAgain.has(error.code)) return null
  const drawn = random() * Math.min(backOff.longestMs, backOff.firstMs * 2 ** retries)
  const asked = error.retryAfterMs ?? 0
  return asked > backOff.longestMs ? null : asked + drawn
}
