import { TuttiError } from '../../errors.ts'
import { fromAbort } from '../shared/failures.ts'

export interface GateOptions {
  /** Most calls in work at a time. */
  readonly most: number
  /** Most calls that wait for one of them to end. */
  readonly waiting: number
}

/** What a call that was let through has; it is in work until it leaves. Leaving twice is leaving once. */
export interface Pass {
  leave(): void
  /** Back in work, which nobody who was let through once is refused. */
  comeBack(): void
}

/** Lets a number of calls through at a time, the others in the order in which they came. */
export interface Gate {
  /** @throws TuttiError `member_busy` when too many wait; what the signal was aborted for while waiting. */
  enter(signal: AbortSignal): Promise<Pass>
}

/** @param member whose calls they are. */
export function defineGate(member: string, { most, waiting }: GateOptions): Gate {
  let inWork = 0
  const queue = new Set<() => void>()

  function pass(): Pass {
    inWork++
    let working = true
    return {
      leave() {
        if (!working) return
        working = false
        inWork--
        const [next] = queue
        if (inWork < most) next?.()
      },
      comeBack() {
        if (working) return
        working = true
        inWork++
      },
    }
  }

  return {
    async enter(signal) {
      if (signal.aborted) throw fromAbort(member, signal)
      if (inWork < most) return pass()
      if (queue.size >= waiting) {
        const why = `${inWork} calls are in work and ${queue.size} wait: it takes no more`
        throw new TuttiError('member_busy', `${member}: ${why}`, { member })
      }
      const turn = Promise.withResolvers<Pass>()
      const come = () => {
        queue.delete(come)
        turn.resolve(pass())
      }
      const abort = () => {
        queue.delete(come)
        turn.reject(fromAbort(member, signal))
      }
      queue.add(come)
      signal.addEventListener('abort', abort, { once: true })
      return turn.promise.finally(() => signal.removeEventListener('abort', abort))
    },
  }
}
