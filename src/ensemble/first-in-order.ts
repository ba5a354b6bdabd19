/**
 * What the first of several tasks gives that succeeds. Each is begun when one before it has failed or, where `ms` is given, when the
 * one before it has been at work for so many milliseconds.
 *
 * @param passesOn whether the first task's error may be another's success.
 * @throws the error of the first task when no other succeeds.
 */
export async function firstInOrder<T>(
  tasks: readonly [() => Promise<T>, ...(() => Promise<T>)[]],
  ms: number | null,
  passesOn: (error: unknown) => boolean,
): Promise<T> {
  const found = Promise.withResolvers<T>()
  const waiting = [...tasks.entries()]
  let firstError: unknown
  let failed = 0
  let timer: NodeJS.Timeout | undefined
  const begin = () => {
    clearTimeout(timer)
    const [index, task] = waiting.shift() ?? []
    if (index === undefined || task === undefined) return
    if (ms !== null) timer = setTimeout(begin, ms)
    task().then(found.resolve, (error: unknown) => {
      if (index === 0) firstError = error
      failed++
      if (index === 0 && !passesOn(error)) found.reject(error)
      else if (failed === tasks.length) found.reject(firstError)
      else begin()
    })
  }
  begin()
  try {
    return await found.promise
  } finally {
    waiting.length = 0
    clearTimeout(timer)
  }
}
