import type { Dispatcher } from 'undici'

/** An answer of any status, read to its end. */
export interface WholeAnswer {
  readonly statusCode: number
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
}

/**
 * Makes a request and reads its answer to the end. As undici's `request`, but without the stream that it makes of each answer:
 * for one that is read as a whole, that costs more than the request.
 *
 * Rejects with undici's errors, or at once with the reason that `signal` aborts for.
 */
export function wholeAnswer(
  dispatcher: Dispatcher,
  request: Dispatcher.DispatchOptions,
  signal: AbortSignal,
): Promise<WholeAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<WholeAnswer>()
  if (signal.aborted) reject(signal.reason)
  else {
    const handler = reading(signal, resolve, reject)
    dispatcher.dispatch(request, handler)
  }
  return promise
}

function reading(
  signal: AbortSignal,
  resolve: (answer: WholeAnswer) => void,
  reject: (reason: unknown) => void,
): Dispatcher.DispatchHandler {
  let running: Dispatcher.DispatchController | null = null
  let head: Omit<WholeAnswer, 'body'> = { statusCode: 0, headers: {} }
  const chunks: Buffer[] = []
  const abort = () => {
    reject(signal.reason)
    running?.abort(signal.reason)
  }
  signal.addEventListener('abort', abort, { once: true })
  return {
    onRequestStart(controller) {
      running = controller
      // It may have waited for a connection longer than anybody waits for it.
      if (signal.aborted) controller.abort(signal.reason)
    },
    onResponseStart(_controller, statusCode, headers) {
      head = { statusCode, headers }
    },
    onResponseData(_controller, chunk) {
      chunks.push(chunk)
    },
    onResponseEnd() {
      signal.removeEventListener('abort', abort)
      resolve({ ...head, body: chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks) })
    },
    onResponseError(_controller, error) {
      signal.removeEventListener('abort', abort)
      reject(error)
    },
  }
}
