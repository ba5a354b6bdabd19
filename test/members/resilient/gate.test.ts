import { expect, test } from 'vitest'
import { defineGate } from '../../../src/members/resilient/gate.ts'
import { failure, signal } from '../support.ts'

test('as many calls as may are in work, others follow in the order they came, and more are refused', async () => {
  const gate = defineGate('m', { most: 2, waiting: 2 })
  const order: string[] = []
  const [first, second] = [await gate.enter(signal), await gate.enter(signal)]
  const [third, fourth] = ['third', 'fourth'].map(async (name) => {
    const pass = await gate.enter(signal)
    order.push(name)
    return pass
  })
  const refused = await failure(gate.enter(signal))
  expect(refused).toMatchObject({ code: 'member_busy', member: 'm' })
  expect(refused.message).toContain('2 calls are in work and 2 wait')
  expect(order).toEqual([])
  first.leave()
  // Twice is once.
  first.leave()
  const pass = await third!
  expect(order).toEqual(['third'])
  second.leave()
  pass.leave()
  const last = await fourth!
  expect(order).toEqual(['third', 'fourth'])
  last.leave()
  for (let i = 0; i < 2; i++) await gate.enter(signal)
})

test('a call that is ended while it waits gives its place in the queue away', async () => {
  const gate = defineGate('m', { most: 1, waiting: 1 })
  const pass = await gate.enter(signal)
  const gone = new AbortController()
  const waiting = failure(gate.enter(gone.signal))
  gone.abort()
  expect(await waiting).toMatchObject({ code: 'client_closed', member: 'm' })
  const next = gate.enter(signal)
  pass.leave()
  const other = await next
  other.leave()
  expect(await failure(gate.enter(gone.signal))).toMatchObject({ code: 'client_closed' })
  await gate.enter(signal)
})

test('a call that comes back is let in at once, and others wait until there is room for them', async () => {
  const gate = defineGate('m', { most: 1, waiting: 5 })
  const stream = await gate.enter(signal)
  stream.leave()
  const other = await gate.enter(signal)
  stream.comeBack()
  stream.comeBack()
  let entered = false
  const waiting = gate.enter(signal).then(() => {
    entered = true
  })
  other.leave()
  await Promise.resolve()
  expect(entered).toBe(false)
  stream.leave()
  await waiting
})
