import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openJournal } from '../../../src/compose/evaluation/journal.ts'

function file(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tutti-journal-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return join(folder, 'run.journal')
}

test('what is finished is there when the same is measured again, in whatever order it came', () => {
  const path = file()
  const first = openJournal<number>(path, { data: 'a' })
  first.add(4, 0.1 + 0.2)
  first.add(1, 7)
  const again = openJournal<number>(path, { data: 'a' })
  expect([...again.finished]).toEqual([
    [4, 0.1 + 0.2],
    [1, 7],
  ])
  again.add(0, 3)
  expect(openJournal<number>(path, { data: 'a' }).finished.size).toBe(3)
})

test('a journal of something else is begun anew', () => {
  const path = file()
  openJournal<number>(path, { data: 'a' }).add(0, 1)
  expect(openJournal<number>(path, { data: 'b' }).finished.size).toBe(0)
  expect(openJournal<number>(path, { data: 'a' }).finished.size).toBe(0)
})

test('a line that was cut off is measured again, and no later line is lost to it', () => {
  const path = file()
  openJournal<number>(path, 'x').add(0, 1)
  appendFileSync(path, '{"index":1,"res')
  const again = openJournal<number>(path, 'x')
  expect([...again.finished]).toEqual([[0, 1]])
  again.add(1, 2)
  expect(readFileSync(path, 'utf8').trimEnd().split('\n')).toHaveLength(3)
  expect(openJournal<number>(path, 'x').finished.get(1)).toBe(2)
})
