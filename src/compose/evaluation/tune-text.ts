import type { WeightsFile } from '../../config/weights-file.ts'
import { splitByDocument } from '../../core/learn/split.ts'
import { TuttiError } from '../../errors.ts'
import { aloneContenders, type Contender, equalWeights } from './contender.ts'
import { type Fit, fits, roundedWeights } from './fit-weights.ts'
import { inLanes } from './follow-row.ts'
import { foretellTexts, lanes } from './foretell.ts'
import { measureText } from './measure-text.ts'
import type { OpenEnsemble } from './open-ensemble.ts'
import type { TextRow } from './read-rows.ts'
import type { Report } from './report.ts'
import { type Outcome, standingsOf } from './standings.ts'

export interface TuneOptions {
  /** Share of the documents to learn from. */
  readonly share: number
  readonly seed: number
  /** Told after each row, with its size in whatever `sizeOf` counts. */
  readonly onRow: (size: number) => void
}

export interface Tuned {
  readonly pool: WeightsFile['pool']
  readonly weights: readonly number[]
  readonly classification: WeightsFile['classification']
  readonly learnedDocuments: number
  readonly provedDocuments: number
  /** On the documents that nothing was learned from; the first measure decides. */
  readonly measures: Report['measures']
}

/** What the learned weights are called among the contenders. */
export const tunedName = 'tuned'

/** Rows to learn from and to prove on. @throws TuttiError `invalid_request` when one side would be empty. */
export function splitRows<Row extends { readonly document: string; readonly domain: string }>(
  rows: readonly Row[],
  share: number,
  seed: number,
  groupOf: (row: Row) => string = ({ domain }) => domain,
): { learn: Row[]; prove: Row[] } {
  const groups = rows.map((row) => ({ document: row.document, group: groupOf(row) }))
  const places = splitByDocument(groups, share, seed)
  const [learn, prove] = [places.learn, places.prove].map((side) => side.map((place) => rows[place] as Row))
  if (!learn?.length || !prove?.length) {
    throw new TuttiError('invalid_request', 'the data has too few documents to learn from some and prove on others', {
      param: 'data',
    })
  }
  return { learn, prove }
}

export function documentsIn(rows: readonly { readonly document: string }[]): number {
  return new Set(rows.map(({ document }) => document)).size
}

/** Learns weights from some of the texts and measures them on the others. */
export async function tuneOnTexts(
  open: OpenEnsemble,
  rows: readonly TextRow[],
  method: Fit,
  { share, seed, onRow }: TuneOptions,
): Promise<Tuned> {
  const { learn, prove } = splitRows(rows, share, seed)
  const { pool, whole, learnFrom } = fits[method]
  const foretold = await foretellTexts(open, learn, { whole, onRow })
  const weights = roundedWeights(learnFrom(foretold))
  const ids = open.ensemble.seats.map(({ member }) => member.id)
  const contenders: Contender[] = [
    ...aloneContenders(ids),
    { name: 'equal weights', pool, weights: equalWeights(ids.length) },
    { name: tunedName, pool, weights },
  ]
  const outcomes: Outcome[] = []
  await inLanes(prove, lanes, async (row, index, signal) => {
    const { bytes, losses } = await measureText(open, row, contenders, signal)
    outcomes[index] = {
      ...row,
      size: bytes,
      losses: losses.map((nats) => (nats === null ? null : nats / Math.LN2)),
    }
    onRow(bytes)
  })
  const names = contenders.map(({ name }) => name)
  return {
    pool,
    weights,
    classification: null,
    learnedDocuments: documentsIn(learn),
    provedDocuments: documentsIn(prove),
    measures: [{ name: 'bits per byte', unit: 'bytes', standings: standingsOf(outcomes, names, ids.length, seed) }],
  }
}
