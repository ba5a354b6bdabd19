import type { WeightsFile } from '../../config/weights-file.ts'
import { fitLabels, fitTemperatures, type LabelMethod } from './fit-labels.ts'
import { roundedWeights } from './fit-weights.ts'
import type { LabelContender } from './label-contender.ts'
import { measureLabels, plainLabelContenders } from './measure-labels.ts'
import type { OpenEnsemble } from './open-ensemble.ts'
import type { LabelRow, Question } from './read-rows.ts'
import { memoryJournal, scoreRows } from './score-rows.ts'
import { documentsIn, splitRows, type Tuned, type TuneOptions, tunedName } from './tune-text.ts'

/** Learns how labels are decided from some of the rows and measures it on the others. */
export async function tuneOnLabels(
  open: OpenEnsemble,
  rows: readonly LabelRow[],
  question: Question,
  method: LabelMethod,
  { share, seed, onRow }: TuneOptions,
): Promise<Tuned> {
  // Each side has its share of every label.
  const scored = await scoreRows(open, rows, question, memoryJournal(), onRow)
  const { learn, prove } = splitRows(scored, share, seed, ({ label }) => String(label))
  const ids = open.ensemble.seats.map(({ member }) => member.id)
  const temperatures = fitTemperatures(learn).map(rounded)
  const tuned = roundedContender(fitLabels(method, tunedName, learn, seed))
  const contenders = [...plainLabelContenders(ids, temperatures), tuned]
  return {
    pool: tuned.pool,
    weights: tuned.weights,
    classification: classificationOf(question, tuned),
    learnedDocuments: documentsIn(learn),
    provedDocuments: documentsIn(prove),
    measures: measureLabels(prove, contenders, ids, seed).measures,
  }
}

function classificationOf(
  { labels, normalisation }: Question,
  { temperatures, poolTemperature, coefficients }: LabelContender,
): WeightsFile['classification'] {
  return {
    labels: [...labels],
    normalisation,
    temperatures: [...temperatures],
    pool_temperature: poolTemperature,
    coefficients: coefficients === null ? null : coefficients.map((row) => [...row]),
  }
}

/** As the file holds it, so that what is measured is what is written. */
function roundedContender(contender: LabelContender): LabelContender {
  return {
    ...contender,
    weights: roundedWeights(contender.weights),
    temperatures: contender.temperatures.map(rounded),
    poolTemperature: rounded(contender.poolTemperature),
    coefficients: contender.coefficients?.map((row) => row.map(rounded)) ?? null,
  }
}

function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6
}
