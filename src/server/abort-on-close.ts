import type { ServerResponse } from 'node:http'
import { TuttiError } from '../errors.ts'

/** A signal that aborts when the connection closes before the response is complete. */
export function abortOnClose(response: ServerResponse): AbortSignal {
  const controller = new AbortController()
  const abort = () => {
    if (!response.writableEnded) controller.abort(new TuttiError('client_closed', 'the client went away'))
  }
  // The request's own `close` is no use: Node emits it as soon as the body has been read.
  response.once('close', abort)
  if (response.destroyed) abort()
  return controller.signal
}
