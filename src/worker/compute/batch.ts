import type { ComputeSettings } from './messages.ts'
import { pending, type Row } from './row.ts'
import type { Held, States } from './states.ts'

type Limits = Pick<ComputeSettings, 'maxBatch' | 'chunk' | 'ahead'>

/** A continuation waits when it is too far ahead of its reader. */
function isRunnable(row: Row<Held>, { ahead }: Limits): boolean {
  return row.job.kind !== 'continue' || row.sent - row.taken < ahead
}

function newTokens(row: Row<Held>, { chunk }: Limits): number {
  return Math.min(pending(row), chunk)
}

/** The rows to run next with `count` new tokens each: those that waited longest, in order of arrival. */
export function chooseBatch<H extends Held>(
  rows: Iterable<Row<H>>,
  count: number,
  states: States<H>,
  limits: Limits,
): Row<H>[] {
  const waiting = [...rows].filter((row) => isRunnable(row, limits) && newTokens(row, limits) === count)
  const first = waiting.sort((a, b) => a.turn - b.turn).slice(0, limits.maxBatch)
  const chosen = states.choose(
    first.map((row) => row.held),
    count,
  )
  // One order in every batch: the rows that go on together find their past in place.
  return chosen.map((index) => first[index] as Row<H>).sort((a, b) => a.id - b.id)
}

/** New tokens of the prompt that waited longest, 0 when there is none to read. */
export function nextPrefill(rows: Iterable<Row<Held>>, limits: Limits): number {
  let longest: Row<Held> | null = null
  for (const row of rows) {
    if (isRunnable(row, limits) && pending(row) > 1 && row.turn < (longest?.turn ?? Number.POSITIVE_INFINITY))
      longest = row
  }
  return longest === null ? 0 : newTokens(longest, limits)
}
