import { expect, test } from 'vitest'
import { type Breaker, defineBreaker, type Outcome } from '../../../src/members/resilient/breaker.ts'

function started(failures = 3, openMs = 100) {
  let now = 0
  const breaker = defineBreaker({ failures, openMs }, () => now)
  return {
    breaker,
    pass: (ms: number) => {
      now += ms
    },
    /** One call after another. */
    call: (outcome: Outcome) => {
      now++
      const settle = breaker.enter()
      now++
      settle?.(outcome)
      return settle !== null
    },
  }
}

const states = (breaker: Breaker) => breaker.state

test('it opens after failures in a row, and an answer between them starts the count anew', () => {
  const { breaker, call } = started()
  for (const outcome of ['failed', 'failed', 'ok', 'failed', 'failed'] as const) call(outcome)
  expect(states(breaker)).toBe('closed')
  call('failed')
  expect(states(breaker)).toBe('open')
  expect(breaker.waitMs).toBe(100)
  expect(call('ok')).toBe(false)
})

test('calls that were in work together and failed together are one failure', () => {
  const { breaker, call } = started()
  const settles = Array.from({ length: 20 }, () => breaker.enter()!)
  for (const settle of settles) settle('failed')
  expect(states(breaker)).toBe('closed')
  call('failed')
  expect(states(breaker)).toBe('closed')
  call('failed')
  expect(states(breaker)).toBe('open')
})

test('a call that says nothing of the server changes nothing', () => {
  const { breaker, call } = started()
  for (let i = 0; i < 9; i++) call('unclear')
  for (const outcome of ['failed', 'failed', 'unclear'] as const) call(outcome)
  expect(states(breaker)).toBe('closed')
  call('failed')
  expect(states(breaker)).toBe('open')
})

test('half open, one call tries: its answer closes, its failure opens anew, its leaving lets the next try', () => {
  const { breaker, call, pass } = started(1)
  call('failed')
  pass(99)
  expect(states(breaker)).toBe('open')
  pass(1)
  expect(states(breaker)).toBe('half_open')
  const trial = breaker.enter()!
  expect(breaker.enter()).toBeNull()
  trial('unclear')
  expect(states(breaker)).toBe('half_open')
  call('failed')
  expect(states(breaker)).toBe('open')
  pass(100)
  const second = breaker.enter()!
  second('ok')
  expect(states(breaker)).toBe('closed')
  // The rest of a stream that has begun well is a call like others.
  second('failed')
  expect(states(breaker)).toBe('open')
})

test('an answer to a call from before it opened does not close it', () => {
  const { breaker, call } = started(1)
  const early = breaker.enter()!
  call('failed')
  early('ok')
  expect(states(breaker)).toBe('open')
})

test('a probe that finds the server lets a call try it at once, and does no more', () => {
  const { breaker, call } = started(1)
  breaker.halfOpen()
  expect(states(breaker)).toBe('closed')
  call('failed')
  breaker.halfOpen()
  expect(states(breaker)).toBe('half_open')
  call('ok')
  expect(states(breaker)).toBe('closed')
})
