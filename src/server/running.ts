import type { ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { TuttiError } from '../errors.ts'

/** The requests that are being answered. */
export interface Running {
  /** A signal for the request of a response: aborts when its connection closes too early, or when `end` says so. */
  begin(response: ServerResponse): AbortSignal
  readonly count: number
  /** No new work is taken: the gateway is being stopped. */
  readonly stopping: boolean
  /** Takes no new work, waits up to `ms` milliseconds for what runs, then aborts it with the error `stopping`. */
  stop(ms: number): Promise<void>
}

/** Milliseconds for the error of an aborted request to reach its caller. */
const partingMs = 1_000

export function defineRunning(): Running {
  const controllers = new Set<AbortController>()
  let stopping = false
  let idle = Promise.withResolvers<void>()

  function begin(response: ServerResponse): AbortSignal {
    const controller = new AbortController()
    controllers.add(controller)
    // The request's own `close` is no use: Node emits it as soon as the body has been read.
    const closed = () => {
      controllers.delete(controller)
      if (!response.writableEnded) controller.abort(new TuttiError('client_closed', 'the client went away'))
      if (controllers.size === 0) idle.resolve()
    }
    if (response.destroyed) closed()
    else response.once('close', closed)
    return controller.signal
  }

  /** Resolves when nothing runs, or when the time is over. */
  async function settled(ms: number): Promise<void> {
    if (controllers.size === 0) return
    idle = Promise.withResolvers()
    const waited = new AbortController()
    await Promise.race([idle.promise, delay(ms, undefined, { signal: waited.signal }).catch(() => {})])
    waited.abort()
  }

  return {
    begin,
    get count() {
      return controllers.size
    },
    get stopping() {
      return stopping
    },
    async stop(ms) {
      stopping = true
      await settled(ms)
      const reason = new TuttiError('stopping', 'the gateway is being stopped and could not wait for the request')
      for (const controller of [...controllers]) controller.abort(reason)
      await settled(partingMs)
    },
  }
}
