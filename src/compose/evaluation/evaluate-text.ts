import { addTables, diversityOf, type PairTable } from '../../core/learn/diversity.ts'
import type { Contender } from './contender.ts'
import { inLanes } from './follow-row.ts'
import { lanes } from './foretell.ts'
import type { Journal } from './journal.ts'
import { measureText, pairsOf, type TextMeasure } from './measure-text.ts'
import type { OpenEnsemble } from './open-ensemble.ts'
import type { TextRow } from './read-rows.ts'
import type { Report } from './report.ts'
import { standingsOf } from './standings.ts'

/** Measures the rows that the journal lacks. */
export async function measureTexts(
  open: OpenEnsemble,
  rows: readonly TextRow[],
  contenders: readonly Contender[],
  journal: Journal<TextMeasure>,
  onRow: (bytes: number) => void,
): Promise<TextMeasure[]> {
  await inLanes(rows, lanes, async (row, index, signal) => {
    if (!journal.finished.has(index)) journal.add(index, await measureText(open, row, contenders, signal))
    onRow(Buffer.byteLength(row.text))
  })
  return rows.map((_, index) => journal.finished.get(index) as TextMeasure)
}

/** What the measures of all rows come to. */
export function reportTexts(
  rows: readonly TextRow[],
  measured: readonly TextMeasure[],
  contenders: readonly Contender[],
  ids: readonly string[],
  seed: number,
): Pick<Report, 'measures' | 'diversity'> {
  const outcomes = rows.map(({ document, domain }, index) => {
    const { bytes, losses } = measured[index] as TextMeasure
    return { document, domain, size: bytes, losses: losses.map((nats) => (nats === null ? null : nats / Math.LN2)) }
  })
  const names = contenders.map(({ name }) => name)
  return {
    measures: [{ name: 'bits per byte', unit: 'bytes', standings: standingsOf(outcomes, names, ids.length, seed) }],
    diversity: diversityIn(measured, ids),
  }
}

function diversityIn(measured: readonly TextMeasure[], ids: readonly string[]): Report['diversity'] {
  const sum = (of: (measure: TextMeasure) => number) => measured.reduce((total, one) => total + of(one), 0)
  const symbols = sum((one) => one.symbols)
  const pairs = pairsOf(ids.length).map(([a, b], index) => {
    const tables = measured.map((one) => one.pairs[index] as PairTable)
    return { members: [ids[a] as string, ids[b] as string] as const, ...diversityOf(tables.reduce(addTables)) }
  })
  return {
    pairs,
    accuracy: ids.map((_, m) => sum(({ right }) => right[m] as number) / symbols),
    oracle: sum(({ oracle }) => oracle) / symbols,
    jensen_shannon: sum(({ jensenShannon }) => jensenShannon) / symbols,
  }
}
