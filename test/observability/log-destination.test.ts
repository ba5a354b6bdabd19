import { afterEach, expect, test, vi } from 'vitest'
import { defineLogDestination } from '../../src/observability/log-destination.ts'

afterEach(() => {
  vi.useRealTimers()
})

/** What a file descriptor took, while it takes `room` bytes; then it fails with `code`. */
function descriptor() {
  const state = { room: Number.POSITIVE_INFINITY, code: 'ENOSPC', text: '', told: [] as string[] }
  const write = (_fd: number, bytes: Buffer) => {
    if (state.room <= 0) throw Object.assign(new Error('no'), { code: state.code })
    const taken = Math.min(bytes.length, state.room)
    state.text += bytes.subarray(0, taken).toString()
    state.room -= taken
    return taken
  }
  const log = defineLogDestination(7, (sentence) => state.told.push(sentence), write as never)
  return { state, log }
}

test.each(['ENOSPC', 'EPIPE', 'EIO'])('%s costs lines, which are counted and told once, and none is torn', (code) => {
  const { state, log } = descriptor()
  state.code = code
  log.write('one\n')
  state.room = 2
  for (const line of ['two\n', 'three\n', 'four\n']) log.write(line)
  expect(state.told).toEqual([`the log cannot be written (${code}); lines are dropped until it can`])
  state.room = Number.POSITIVE_INFINITY
  log.write('five\n')
  expect(state.text).toBe('one\ntwo\nfive\n')
  expect(state.told.slice(1)).toEqual(['the log can be written again; lines dropped: 2'])
})

test('a reader who is slow gets all lines, in order; one who stops reading costs lines, and no memory', () => {
  vi.useFakeTimers()
  const { state, log } = descriptor()
  state.code = 'EAGAIN'
  state.room = 2
  for (const line of ['one\n', 'two\n', 'three\n']) log.write(line)
  state.room = Number.POSITIVE_INFINITY
  vi.advanceTimersByTime(100)
  expect(state.text).toBe('one\ntwo\nthree\n')
  expect(state.told).toEqual([])
  state.room = 0
  const long = `${'x'.repeat(600_000)}\n`
  for (const line of [long, 'four\n', long]) log.write(line)
  expect(state.told).toEqual(['the log cannot be written (its reader is too slow); lines are dropped until it can'])
  state.room = Number.POSITIVE_INFINITY
  vi.advanceTimersByTime(100)
  expect(state.text.endsWith('x\nfour\n')).toBe(true)
  expect(state.told.slice(1)).toEqual(['the log can be written again; lines dropped: 1'])
})
