import { keepAliveComment } from '../server-sent-events.ts'

/** The events, with a comment wherever none has come for `ms` milliseconds: proxies and clients cut silent connections. */
export async function* withKeepAlive(events: AsyncGenerator<string, void>, ms: number): AsyncGenerator<string, void> {
  try {
    let next = events.next()
    for (;;) {
      const result = await within(next, ms)
      if (result === null) {
        yield keepAliveComment
        continue
      }
      if (result.done === true) return
      yield result.value
      next = events.next()
    }
  } finally {
    // Not awaited: what it waits for ends with the client's abort.
    events.return().catch(() => {})
  }
}

/** What the promise gives, or null when it gives nothing within `ms` milliseconds. */
export async function within<T>(promise: Promise<T>, ms: number): Promise<T | null> {
  const { promise: late, resolve } = Promise.withResolvers<null>()
  const timer = setTimeout(resolve, ms, null)
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
