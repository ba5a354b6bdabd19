import type { LimitsConfig } from '../../config/config.ts'
import { TuttiError } from '../../errors.ts'

/** Who wants to call members, and how much. */
export interface Ask {
  readonly caller: { readonly name: string; readonly concurrency: number | null }
  /** In members × tokens. */
  readonly cost: number
  readonly limits: Pick<LimitsConfig, 'running' | 'runningCost' | 'queued' | 'queueMs'>
  /** Aborts when the caller waits no longer. */
  readonly signal: AbortSignal
}

interface Waiting extends Ask {
  readonly enter: () => void
}

/** What goes on behind the gate. */
export interface Load {
  readonly running: number
  readonly runningCost: number
  readonly queued: number
}

export interface Gate {
  readonly load: Load
  /**
   * Lets a request in, at once or when others have ended; returns how it leaves again, which may be called more than once.
   *
   * @throws TuttiError `rate_limit_exceeded` when the key has all its requests running, `overloaded` when too many wait or
   *   the wait is too long, or the reason that `signal` aborts for.
   */
  enter(ask: Ask): Promise<() => void>
}

/** Milliseconds after which a caller that was turned away may ask again. */
const retryAfterMs = 1_000

/** First come, first served: a large request that must wait is not overtaken by small ones for ever. */
export function defineGate(): Gate {
  const queue: Waiting[] = []
  /** Requests of each key that run or wait. */
  const perKey = new Map<string, number>()
  let running = 0
  let runningCost = 0

  /** One alone always fits: what is too large by itself has been refused before. */
  function fits({ cost, limits }: Ask): boolean {
    return running === 0 || (running < limits.running && runningCost + cost <= limits.runningCost)
  }

  function count(name: string, change: 1 | -1): void {
    const next = (perKey.get(name) ?? 0) + change
    if (next === 0) perKey.delete(name)
    else perKey.set(name, next)
  }

  function start({ cost }: Ask): void {
    running++
    runningCost += cost
  }

  function letIn(): void {
    for (let next = queue[0]; next !== undefined && fits(next); next = queue[0]) {
      queue.shift()
      start(next)
      next.enter()
    }
  }

  async function wait(ask: Ask): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const waiting: Waiting = { ...ask, enter: resolve }
    const giveUp = (error: unknown) => {
      const place = queue.indexOf(waiting)
      if (place >= 0) queue.splice(place, 1)
      reject(error)
      letIn()
    }
    const late = () =>
      giveUp(new TuttiError('overloaded', `no place came free within ${ask.limits.queueMs} ms`, { retryAfterMs }))
    const timer = setTimeout(late, ask.limits.queueMs)
    const gone = () => giveUp(ask.signal.reason)
    ask.signal.addEventListener('abort', gone, { once: true })
    queue.push(waiting)
    try {
      await promise
    } finally {
      clearTimeout(timer)
      ask.signal.removeEventListener('abort', gone)
    }
  }

  function leaving({ caller, cost }: Ask): () => void {
    let inside = true
    return () => {
      if (!inside) return
      inside = false
      running--
      runningCost -= cost
      count(caller.name, -1)
      letIn()
    }
  }

  return {
    get load() {
      return { running, runningCost, queued: queue.length }
    },
    async enter(ask) {
      const { caller, limits, signal } = ask
      signal.throwIfAborted()
      if (caller.concurrency !== null && (perKey.get(caller.name) ?? 0) >= caller.concurrency) {
        const message = `key "${caller.name}" may have ${caller.concurrency} requests running at a time`
        throw new TuttiError('rate_limit_exceeded', message, { retryAfterMs })
      }
      if (queue.length === 0 && fits(ask)) {
        count(caller.name, 1)
        start(ask)
        return leaving(ask)
      }
      if (queue.length >= limits.queued) {
        throw new TuttiError('overloaded', 'too many requests run and wait', { retryAfterMs })
      }
      count(caller.name, 1)
      try {
        await wait(ask)
      } catch (error) {
        count(caller.name, -1)
        throw error
      }
      return leaving(ask)
    },
  }
}
