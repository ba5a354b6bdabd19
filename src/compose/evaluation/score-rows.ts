import type { ScoredRow } from './fit-labels.ts'
import { inLanes } from './follow-row.ts'
import { lanes } from './foretell.ts'
import type { Journal } from './journal.ts'
import { type LabelScores, labelScorer } from './label-scores.ts'
import type { OpenEnsemble } from './open-ensemble.ts'
import type { LabelRow, Question } from './read-rows.ts'

/** Scores the rows' labels, those that the journal lacks. */
export async function scoreRows(
  open: OpenEnsemble,
  rows: readonly LabelRow[],
  question: Question,
  journal: Pick<Journal<LabelScores>, 'finished' | 'add'>,
  onRow: (answers: number) => void,
): Promise<ScoredRow[]> {
  const scored = await labelScorer(open, question)
  await inLanes(rows, lanes, async (row, index, signal) => {
    if (!journal.finished.has(index)) journal.add(index, await scored(row, signal))
    onRow(1)
  })
  return rows.map((row, index) => ({ ...row, scores: journal.finished.get(index) as LabelScores }))
}

/** Keeps results for as long as the program runs. */
export function memoryJournal<Result>(): Journal<Result> {
  const finished = new Map<number, Result>()
  return { finished, add: (index, result) => void finished.set(index, result) }
}
