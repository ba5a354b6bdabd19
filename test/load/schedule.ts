/** One request of a schedule. */
export interface Arrival {
  /** Milliseconds after the start at which it is due. */
  readonly dueMs: number
  /** Index of the kind of request. */
  readonly kind: number
}

/**
 * Requests at a constant rate, all fixed beforehand: nothing that the server does moves them. Kinds come in proportion to
 * their weights and as evenly as that allows (smooth weighted round robin, as nginx's upstreams take turns).
 *
 * @param rate requests a second.
 */
export function schedule(rate: number, seconds: number, weights: readonly number[]): Arrival[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const credit = weights.map(() => 0)
  return Array.from({ length: Math.round(rate * seconds) }, (_, index) => {
    for (const [kind, weight] of weights.entries()) credit[kind] = (credit[kind] as number) + weight
    const kind = credit.indexOf(Math.max(...credit))
    credit[kind] = (credit[kind] as number) - total
    return { dueMs: (1000 * index) / rate, kind }
  })
}
