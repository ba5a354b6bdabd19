import { expect, test } from 'vitest'
import { progressOf } from '../../src/commands/progress.ts'

function shown(interactive: boolean, columns = 80) {
  const seen = { written: '', notes: [] as string[] }
  let now = 0
  const terminal = {
    write: (text: string) => {
      seen.written += text
    },
    note: (line: string) => {
      seen.notes.push(line)
    },
    interactive,
    unicode: false,
    columns,
  }
  const progress = progressOf('learning', 200, terminal, () => now)
  const advance = (by: number, atMs: number) => {
    now = atMs
    progress.advance(by)
  }
  return { seen, advance, done: progress.done }
}

test('on a terminal one line is drawn again and again, never wider than the terminal, and gone at the end', () => {
  const { seen, advance, done } = shown(true, 60)
  advance(50, 1000)
  expect(seen.written).toMatch(/^\rlearning \[######\s+\]\s+25 %, 3 s left\s*$/)
  advance(150, 4000)
  for (const line of seen.written.split('\r')) expect(line.length).toBeLessThan(60)
  expect(seen.written.split('\r').at(-1)).toContain('100 %, 0 s left')
  done()
  expect(seen.written.endsWith('\r')).toBe(true)
  expect(seen.written).not.toContain('\n')
  expect(seen.notes).toEqual([])
})

test('elsewhere there is a plain line for each tenth, at most ten', () => {
  const { seen, advance, done } = shown(false)
  for (let step = 1; step <= 200; step++) advance(1, step * 1000)
  done()
  expect(seen.notes).toHaveLength(10)
  expect(seen.notes[4]).toBe('learning: 50 %, 2 min left')
  expect(seen.written).toBe('')
})
