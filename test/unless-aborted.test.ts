import { expect, test } from 'vitest'
import { unlessAborted } from '../src/unless-aborted.ts'

const never = new Promise<string>(() => {})

test('it comes to what the work comes to, good or bad', async () => {
  const { signal } = new AbortController()
  expect(await unlessAborted(Promise.resolve('done'), signal)).toBe('done')
  await expect(unlessAborted(Promise.reject(new Error('of the work')), signal)).rejects.toThrow('of the work')
})

test('an abort before or meanwhile ends the wait, with the reason or what is given instead, and not the work', async () => {
  const caller = new AbortController()
  const work = Promise.withResolvers<string>()
  const waiting = unlessAborted(work.promise, caller.signal)
  caller.abort(new Error('gone'))
  await expect(waiting).rejects.toThrow('gone')
  await expect(unlessAborted(never, caller.signal)).rejects.toThrow('gone')
  await expect(unlessAborted(never, caller.signal, () => new Error('instead'))).rejects.toThrow('instead')
  const other = unlessAborted(work.promise, new AbortController().signal)
  work.resolve('done')
  expect(await other).toBe('done')
})
