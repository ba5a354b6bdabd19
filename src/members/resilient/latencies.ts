/** The last latencies of something, in milliseconds. */
export interface Latencies {
  add(ms: number): void
  /** The least of them that a share of them does not exceed; null while too few are known. */
  quantile(share: number): number | null
}

/**
 * @param size how many are remembered.
 * @param least how many must be known.
 */
export function defineLatencies(size: number, least: number): Latencies {
  const last = new Float64Array(size)
  let count = 0
  let sorted: Float64Array | null = null
  return {
    add(ms) {
      last[count++ % size] = ms
      sorted = null
    },
    quantile(share) {
      const known = Math.min(count, size)
      if (known < least) return null
      sorted ??= last.slice(0, known).sort()
      return sorted[Math.max(0, Math.ceil(share * known) - 1)] as number
    },
  }
}
