/**
 * The outcome of work that several callers wait for, unless this one's signal aborts first; the work goes on for the others.
 *
 * @param failure what to reject with on abort.
 */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal, failure: () => Error): Promise<T> {
  const aborted = Promise.withResolvers<never>()
  const abort = () => aborted.reject(failure())
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([aborted.promise, work])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
