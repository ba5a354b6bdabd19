/**
 * The outcome of work that is not this caller's to end, unless the caller's signal aborts first; the work goes on for others.
 *
 * @param failure what to reject with on abort; the signal's reason unless given.
 */
export async function unlessAborted<T>(
  work: Promise<T>,
  signal: AbortSignal,
  failure: () => unknown = () => signal.reason,
): Promise<T> {
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
