/** A value with the place of the source it came from. */
export interface Interleaved<T> {
  readonly index: number
  readonly value: T
}

/**
 * The values of several sources in the order in which they come, `most` sources running at a time; one that ends gives its
 * place to the next. A source is asked for its next value only when the last one has been taken.
 */
export async function* interleave<T>(
  sources: readonly (() => AsyncGenerator<T, void>)[],
  most: number,
): AsyncGenerator<Interleaved<T>, void> {
  const running = new Map<number, { source: AsyncGenerator<T, void>; next: Promise<Arrival<T>> }>()
  let started = 0

  function advance(index: number, source: AsyncGenerator<T, void>): void {
    const next = source.next().then((result) => ({ index, source, result }))
    // Its failure is seen when its turn comes; until then it is no unhandled one.
    next.catch(() => {})
    running.set(index, { source, next })
  }

  function fill(): void {
    while (running.size < most && started < sources.length) {
      const start = sources[started] as () => AsyncGenerator<T, void>
      advance(started++, start())
    }
  }

  try {
    for (fill(); running.size > 0; fill()) {
      const { index, source, result } = await Promise.race([...running.values()].map(({ next }) => next))
      running.delete(index)
      if (result.done === true) continue
      yield { index, value: result.value }
      advance(index, source)
    }
  } finally {
    // Not awaited: a source that waits for something ends when that comes or is aborted.
    for (const { source } of running.values()) source.return().catch(() => {})
  }
}

interface Arrival<T> {
  readonly index: number
  readonly source: AsyncGenerator<T, void>
  readonly result: IteratorResult<T, void>
}
