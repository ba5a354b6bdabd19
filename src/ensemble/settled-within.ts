import { setImmediate as giveWay } from 'node:timers/promises'

/**
 * The outcomes of tasks when all have ended, or `ms` milliseconds after enough of them have: null for those that have not. What has
 * come by then is read first: a process that is busy is not a task that is late.
 *
 * @param enough whether those that have ended well, by index, are enough.
 */
export async function settledWithin<T>(
  tasks: readonly Promise<T>[],
  ms: number,
  enough: (ended: readonly boolean[]) => boolean,
): Promise<(PromiseSettledResult<T> | null)[]> {
  const outcomes = tasks.map((): PromiseSettledResult<T> | null => null)
  const over = Promise.withResolvers<void>()
  let timer: NodeJS.Timeout | null = null
  const look = () => {
    if (timer !== null || outcomes.every((outcome) => outcome !== null)) return
    if (enough(outcomes.map((outcome) => outcome?.status === 'fulfilled'))) timer = setTimeout(over.resolve, ms)
  }
  const ended = tasks.map(async (task, index) => {
    const [outcome] = await Promise.allSettled([task])
    outcomes[index] = outcome
    look()
  })
  await Promise.race([Promise.all(ended), over.promise.then(() => giveWay())])
  clearTimeout(timer ?? undefined)
  return outcomes
}
