/** A signal that aborts with another, or by itself. */
export interface LinkedSignal {
  readonly signal: AbortSignal
  abort(reason: unknown): void
  /** The other no longer matters. */
  release(): void
}

/**
 * As `AbortSignal.any` of the other and one's own, but without its registries of what may be collected: with four of those a
 * request, they were most of what the collector had to look at.
 */
export function linkedTo(other: AbortSignal): LinkedSignal {
  const own = new AbortController()
  const follow = () => own.abort(other.reason)
  if (other.aborted) follow()
  else other.addEventListener('abort', follow, { once: true })
  return {
    signal: own.signal,
    abort: (reason) => own.abort(reason),
    release: () => other.removeEventListener('abort', follow),
  }
}
