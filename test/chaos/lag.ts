/** How long the event loop has been kept from turning, which is no delay of what is measured. */
export interface LagMeter {
  /** Milliseconds since the start, summed up. */
  readonly totalMs: number
  stop(): void
}

const everyMs = 5

export function startLagMeter(): LagMeter {
  let totalMs = 0
  let last = performance.now()
  const timer = setInterval(() => {
    const now = performance.now()
    totalMs += Math.max(0, now - last - everyMs)
    last = now
  }, everyMs)
  return {
    get totalMs() {
      // What is going on at the moment counts too.
      return totalMs + Math.max(0, performance.now() - last - everyMs)
    },
    stop: () => clearInterval(timer),
  }
}
