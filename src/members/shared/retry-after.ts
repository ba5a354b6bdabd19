/** Longest wait that is believed. */
const longestMs = 3_600_000

/**
 * Milliseconds of a `Retry-After` header (RFC 9110 §10.2.3): seconds, or a date.
 *
 * @param now Unix time in milliseconds.
 */
export function retryAfterMs(header: string | string[] | undefined, now: number): number | null {
  const text = (Array.isArray(header) ? header[0] : header)?.trim()
  if (text === undefined || text === '') return null
  const wait = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now
  return Number.isNaN(wait) ? null : Math.min(Math.max(0, Math.round(wait)), longestMs)
}
