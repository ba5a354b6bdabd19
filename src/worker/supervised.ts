/** Tells a worker process that it is a supervisor's child. A variable, for the channel alone may be anybody's. */
export const supervisedEnvironment = { TUTTI_SUPERVISED: '1' }

interface ReadyMessage {
  readonly kind: 'ready'
  readonly url: string
}

export function isReadyMessage(message: unknown): message is ReadyMessage {
  return (
    typeof message === 'object' && message !== null && 'kind' in message && message.kind === 'ready' && 'url' in message
  )
}

export function isSupervised(): boolean {
  return process.env['TUTTI_SUPERVISED'] === '1' && process.send !== undefined
}

/**
 * Ends this process when its supervisor is gone, from now on: a crashed parent says no goodbye, but its end of the
 * channel closes. Ctrl-C in a terminal reaches the whole process group; when to stop is the supervisor's decision.
 */
export function followSupervisor(): void {
  if (!isSupervised()) return
  process.on('disconnect', () => process.exit(0))
  process.on('SIGINT', () => {})
  if (!process.connected) process.exit(0)
}

/** Reports the URL to the supervisor, if there is one. */
export function reportReady(url: string): void {
  if (isSupervised()) process.send?.({ kind: 'ready', url } satisfies ReadyMessage)
}
