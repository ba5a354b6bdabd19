import { expect, test } from 'vitest'
import { BusyTime } from '../../src/ensemble/busy-time.ts'

test('overlapping activities count once, idle time not at all, a failed one like any other', async () => {
  let now = 0
  const busy = new BusyTime(() => now)
  const gates: ((value?: unknown) => void)[] = []
  const start = () => busy.during(() => new Promise((resolve) => gates.push(resolve)))
  const first = start()
  now = 10
  const second = start()
  now = 15
  gates[0]?.()
  await first
  now = 30
  expect(busy.ms).toBe(30)
  gates[1]?.()
  await second
  now = 100
  expect(busy.ms).toBe(30)
  const failing = busy.during(async () => {
    now = 105
    throw new Error('lost')
  })
  await expect(failing).rejects.toThrow('lost')
  expect(busy.ms).toBe(35)
})
