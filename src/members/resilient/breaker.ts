import type { ReplicaState } from '../member.ts'

export interface BreakerOptions {
  /** Failures one after the other after which it opens: those of calls that were in work together are one. */
  readonly failures: number
  /** Milliseconds for which it stays open. */
  readonly openMs: number
}

/** `unclear`: what ended the call says nothing of the server. */
export type Outcome = 'ok' | 'failed' | 'unclear'

/** Told how the call went: when it first answered, and when it ended. */
type Settle = (outcome: Outcome) => void

/** Keeps calls from a server that fails, until a single call has found that it works again. */
export interface Breaker {
  readonly state: ReplicaState['breaker']
  /** Milliseconds until a call may try again; 0 when one may now. */
  readonly waitMs: number
  /** Null when the call may not be made. */
  enter(): Settle | null
  /** The server seems to work again: the next call may try it. */
  halfOpen(): void
}

/** @param clock milliseconds, monotonic. */
export function defineBreaker({ failures, openMs }: BreakerOptions, clock: () => number): Breaker {
  let inRow = 0
  /** Failures that were counted, ever. */
  let counted = 0
  let openedMs: number | null = null
  let trying = false

  const waitMs = () => (openedMs === null ? 0 : Math.max(0, openedMs + openMs - clock()))
  const state = () => (openedMs === null ? 'closed' : waitMs() > 0 ? 'open' : 'half_open')

  function settle(outcome: Outcome, tries: boolean, countedBefore: number): void {
    if (tries) trying = false
    if (outcome === 'ok') {
      inRow = 0
      // What was called before it opened and answers now is no trial.
      if (tries) openedMs = null
    }
    if (outcome !== 'failed') return
    if (countedBefore === counted) {
      counted++
      inRow++
    }
    if (tries || (openedMs === null && inRow >= failures)) openedMs = clock()
  }

  return {
    get state() {
      return state()
    },
    get waitMs() {
      return waitMs()
    },
    enter() {
      if (state() === 'open' || trying) return null
      let tries = state() === 'half_open'
      if (tries) trying = true
      const countedBefore = counted
      return (outcome) => {
        settle(outcome, tries, countedBefore)
        tries = false
      }
    },
    halfOpen() {
      if (openedMs !== null) openedMs = Math.min(openedMs, clock() - openMs)
    },
  }
}
