import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { firstInOrder } from '../../src/ensemble/first-in-order.ts'

const never = () => new Promise<string>(() => {})
const failing = (name: string) => async () => Promise.reject(new Error(name))
const passesOn = ({ message }: unknown & { message?: string }) => message !== 'final'
const look = (error: unknown) => passesOn(error as Error)

test('who comes first in order is asked alone as long as it may take', async () => {
  let asked = 0
  const other = async () => `other ${++asked}`
  expect(await firstInOrder([() => sleep(20, 'first'), other], null, look)).toBe('first')
  expect(await firstInOrder([() => sleep(1, 'first'), other], 5_000, look)).toBe('first')
  expect(asked).toBe(0)
})

test('the next is asked when one has failed, or is late; whoever answers first is heard', async () => {
  expect(await firstInOrder([failing('a'), failing('b'), async () => 'third'], null, look)).toBe('third')
  expect(await firstInOrder([never, never, async () => 'third'], 5, look)).toBe('third')
  expect(await firstInOrder([() => sleep(40, 'first'), () => sleep(5_000, 'second', { ref: false })], 5, look)).toBe(
    'first',
  )
})

test('when all fail it is the first one’s error, and so it is at once where no other could do better', async () => {
  await expect(firstInOrder([failing('a'), failing('b')], 5, look)).rejects.toThrow('a')
  await expect(firstInOrder([failing('final'), async () => 'b'], null, look)).rejects.toThrow('final')
})
