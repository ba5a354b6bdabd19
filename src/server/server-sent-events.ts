/** The headers of an event stream. Proxies that buffer by default (nginx) are told not to. */
export const eventStreamHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
} as const

/** One event that carries an object. JSON has no raw line breaks, so one `data:` line holds it. */
export function toEvent(data: object): string {
  return `data: ${JSON.stringify(data)}\n\n`
}

/** A line that every client skips. */
export const keepAliveComment = ': keep-alive\n\n'

/** What OpenAI's streams end with. */
export const doneEvent = 'data: [DONE]\n\n'
