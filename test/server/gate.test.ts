import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Ask, defineGate } from '../../src/server/admission/gate.ts'

const limits = { running: 2, runningCost: 100, queued: 2, queueMs: 50 }
const ask = (more: Partial<Ask> = {}): Ask => ({
  caller: { name: 'k', concurrency: null },
  cost: 10,
  limits,
  signal: new AbortController().signal,
  ...more,
})

test('what does not fit waits for its turn, and comes in the order of its coming', async () => {
  const gate = defineGate()
  const [first, second] = [await gate.enter(ask()), await gate.enter(ask())]
  const order: string[] = []
  const enter = (name: string) =>
    gate.enter(ask({ limits: { ...limits, queueMs: 5_000 } })).then(() => order.push(name))
  const waiting = [enter('third'), enter('fourth')]
  expect(gate.load).toEqual({ running: 2, runningCost: 20, queued: 2 })
  first()
  first()
  second()
  await Promise.all(waiting)
  expect(order).toEqual(['third', 'fourth'])
  expect(gate.load).toEqual({ running: 2, runningCost: 20, queued: 0 })
})

test('with a full queue a request is turned away at once, and with a long wait after it', async () => {
  const gate = defineGate()
  await gate.enter(ask())
  await gate.enter(ask())
  const late = Promise.allSettled([gate.enter(ask()), gate.enter(ask())])
  await expect(gate.enter(ask())).rejects.toMatchObject({ code: 'overloaded', status: 503, retryAfterMs: 1_000 })
  for (const result of await late) expect(result).toMatchObject({ reason: { code: 'overloaded' } })
  expect(gate.load.queued).toBe(0)
})

test('cost is bounded as well, but one request alone always fits', async () => {
  const gate = defineGate()
  const leave = await gate.enter(ask({ cost: 500 }))
  const waiting = gate.enter(ask({ cost: 1, limits: { ...limits, queueMs: 5_000 } }))
  expect(gate.load.queued).toBe(1)
  leave()
  await waiting
  expect(gate.load).toEqual({ running: 1, runningCost: 1, queued: 0 })
})

test('a key has no more requests at a time than it may, running or waiting', async () => {
  const gate = defineGate()
  const caller = { name: 'k', concurrency: 1 }
  const leave = await gate.enter(ask({ caller }))
  await expect(gate.enter(ask({ caller }))).rejects.toMatchObject({ code: 'rate_limit_exceeded' })
  leave()
  ;(await gate.enter(ask({ caller })))()
})

test('a caller who goes while it waits leaves the queue, and those behind it move up', async () => {
  const gate = defineGate()
  const leave = await gate.enter(ask({ cost: 90 }))
  const controller = new AbortController()
  const patient = { ...limits, queueMs: 5_000 }
  const gone = gate.enter(ask({ cost: 50, limits: patient, signal: controller.signal }))
  const small = gate.enter(ask({ cost: 5, limits: patient }))
  controller.abort(new Error('gone'))
  await expect(gone).rejects.toThrow('gone')
  await small
  leave()
  expect(gate.load).toEqual({ running: 1, runningCost: 5, queued: 0 })
})

test('whatever comes and goes, the bounds hold and nothing is left in the end', async () => {
  const visit = fc.record({
    cost: fc.integer({ min: 1, max: 60 }),
    name: fc.constantFrom('a', 'b'),
    aborts: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(visit, { maxLength: 25 }), async (visits) => {
      const gate = defineGate()
      const wide = { ...limits, queued: 100, queueMs: 1_000 }
      let worst = 0
      await Promise.all(
        visits.map(async ({ cost, name, aborts }, index) => {
          const controller = new AbortController()
          if (aborts) setTimeout(() => controller.abort(new Error('gone')), index % 3)
          const caller = { name, concurrency: 3 }
          try {
            const leave = await gate.enter({ caller, cost, limits: wide, signal: controller.signal })
            worst = Math.max(worst, gate.load.runningCost)
            expect(gate.load.running).toBeLessThanOrEqual(wide.running)
            await sleep(index % 2)
            leave()
          } catch (error) {
            expect(error).toMatchObject(aborts ? {} : { code: 'rate_limit_exceeded' })
          }
        }),
      )
      expect(worst).toBeLessThanOrEqual(wide.runningCost)
      expect(gate.load).toEqual({ running: 0, runningCost: 0, queued: 0 })
    }),
    { numRuns: 30 },
  )
})
