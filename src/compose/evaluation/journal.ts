import { createHash } from 'node:crypto'
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'

/** Rows that are finished, kept as they come so that a run that was stopped goes on where it was. */
export interface Journal<Result> {
  /** By index of the row. */
  readonly finished: ReadonlyMap<number, Result>
  add(index: number, result: Result): void
}

/**
 * A journal in a file: a line that says what is measured, then one a row. One of something else (other data, members or
 * contenders) is begun anew; a last line that was cut off is measured again.
 *
 * @param about all that results depend on.
 */
export function openJournal<Result>(file: string, about: unknown): Journal<Result> {
  const key = createHash('sha256').update(JSON.stringify(about)).digest('hex')
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : []
  const finished = new Map<number, Result>()
  if (lines[0] === JSON.stringify({ key })) {
    for (const line of lines.slice(1)) {
      const { index, result } = JSON.parse(line) as { index: number; result: Result }
      finished.set(index, result)
    }
  }
  // Written anew, which also drops a line that was cut off.
  const kept = [...finished].map(([index, result]) => `${JSON.stringify({ index, result })}\n`)
  writeFileSync(file, `${JSON.stringify({ key })}\n${kept.join('')}`)
  return {
    finished,
    add(index, result) {
      finished.set(index, result)
      appendFileSync(file, `${JSON.stringify({ index, result })}\n`)
    },
  }
}
