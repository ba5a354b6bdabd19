import { expect, test } from 'vitest'
import { linkedTo } from '../src/linked-signal.ts'

test('it aborts with the other, now or later, for the same reason', () => {
  const other = new AbortController()
  const before = linkedTo(other.signal)
  expect(before.signal.aborted).toBe(false)
  other.abort('gone')
  expect(before.signal.reason).toBe('gone')
  expect(linkedTo(other.signal).signal.reason).toBe('gone')
})

test('by itself it aborts alone, and the first reason stays', () => {
  const other = new AbortController()
  const own = linkedTo(other.signal)
  own.abort('enough')
  expect(other.signal.aborted).toBe(false)
  other.abort('gone')
  expect(own.signal.reason).toBe('enough')
})

test('released it no longer follows', () => {
  const other = new AbortController()
  const own = linkedTo(other.signal)
  own.release()
  other.abort('gone')
  expect(own.signal.aborted).toBe(false)
})
