import { AsyncLocalStorage } from 'node:async_hooks'

const current = new AsyncLocalStorage<string>()

/** Runs what calls servers on behalf of a trace: each call carries this header (W3C Trace Context, section 3.2). */
export function within<T>(traceparent: string, run: () => T): T {
  return current.run(traceparent, run)
}

/** What a call that is made here is to carry; undefined: nothing. */
export function traceparent(): string | undefined {
  return current.getStore()
}
