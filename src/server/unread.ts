import type { ServerResponse } from 'node:http'

/**
 * Closes the connection of a caller who leaves an answer unread: for `ms` milliseconds nothing has gone out though there was
 * something to send. An answer that is still being made may be silent for as long as it takes.
 */
export function closeUnread(response: ServerResponse, ms: number): void {
  response.setTimeout(ms, () => {
    const held = response.writableLength + (response.socket?.writableLength ?? 0)
    if (held > 0) response.destroy()
  })
}
