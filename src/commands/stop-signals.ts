/** Runs `stop` at the first of the signals and ends the process; a second one ends it at once. */
export function onStopSignals(
  stop: () => Promise<void>,
  signals: readonly ('SIGINT' | 'SIGTERM')[] = ['SIGINT', 'SIGTERM'],
): void {
  let stopping = false
  const handle = (signal: NodeJS.Signals) => {
    if (stopping) process.exit(signal === 'SIGINT' ? 130 : 143)
    stopping = true
    stop().then(
      () => process.exit(0),
      (error) => {
        process.stderr.write(`tutti: could not stop cleanly: ${String(error)}\n`)
        process.exit(1)
      },
    )
  }
  for (const signal of signals) process.on(signal, handle)
}
