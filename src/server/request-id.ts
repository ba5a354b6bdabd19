import type { IncomingMessage } from 'node:http'

const sane = /^[A-Za-z0-9._:-]{1,128}$/

/** The caller's `x-request-id` when it is safe to log and to send back, else a new one. */
export function requestId(raw: Pick<IncomingMessage, 'headers'>, newId: () => string): string {
  const given = raw.headers['x-request-id']
  return typeof given === 'string' && sane.test(given) ? given : `req-${newId()}`
}
