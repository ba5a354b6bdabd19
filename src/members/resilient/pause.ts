import { fromAbort } from '../shared/failures.ts'

/** Waits, unless the signal aborts first. @throws TuttiError what the call was aborted for. */
export async function pause(ms: number, member: string, signal: AbortSignal): Promise<void> {
  if (signal.aborted) throw fromAbort(member, signal)
  const done = Promise.withResolvers<void>()
  const timer = setTimeout(done.resolve, ms)
  const abort = () => done.reject(fromAbort(member, signal))
  signal.addEventListener('abort', abort, { once: true })
  try {
    await done.promise
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', abort)
  }
}
