import { readWeightsFile, type WeightsFile } from '../../config/weights-file.ts'
import { TuttiError } from '../../errors.ts'
import { aloneContenders, type Contender, equalWeights } from './contender.ts'
import { measureTexts, reportTexts } from './evaluate-text.ts'
import { type Journal, openJournal } from './journal.ts'
import type { LabelContender } from './label-contender.ts'
import type { LabelScores } from './label-scores.ts'
import { measureLabels, plainLabelContenders } from './measure-labels.ts'
import type { TextMeasure } from './measure-text.ts'
import type { OpenEnsemble } from './open-ensemble.ts'
import type { Data } from './read-rows.ts'
import { type Report, verdictOf } from './report.ts'
import { scoreRows } from './score-rows.ts'
import type { Standings } from './standings.ts'

export interface EvaluateOptions {
  /** How the data is called in the report. */
  readonly dataName: string
  /** Weights files whose weights take part, beside the configured ones. */
  readonly weights: readonly string[]
  /** File that keeps finished rows. */
  readonly journal: string
  readonly seed: number
  /** Told after each row, with its bytes or 1. */
  readonly onRow: (size: number) => void
}

/**
 * Measures each member alone, equal weights, the configured ones, those of weights files, and weights that follow the text.
 *
 * @throws TuttiError `invalid_request` for a weights file that is none, or not of these members.
 */
export async function evaluate(open: OpenEnsemble, data: Data, options: EvaluateOptions): Promise<Report> {
  const files = options.weights.map((path) => ({ path, file: weightsIn(path, open) }))
  const found =
    data.task === 'text' ? await texts(open, data, files, options) : await labels(open, data, files, options)
  const { ensemble, probes, granularity } = open
  const decisive = found.measures[0]?.standings.at(-1) as Standings
  return {
    task: data.task,
    ensemble: ensemble.name,
    members: ensemble.seats.map(({ member: { id, kind } }, m) => ({ id, kind, model: probes[m]?.model ?? '' })),
    granularity,
    data: { name: options.dataName, sha256: data.sha256, rows: data.rows.length },
    seed: options.seed,
    ...found,
    verdict: verdictOf(decisive, ensemble.seats.length),
  }
}

type Found = Pick<Report, 'contenders' | 'measures' | 'diversity' | 'calibration'>

interface NamedFile {
  readonly path: string
  readonly file: WeightsFile
}

async function texts(
  open: OpenEnsemble,
  data: Extract<Data, { task: 'text' }>,
  files: readonly NamedFile[],
  { journal, seed, onRow }: EvaluateOptions,
): Promise<Found> {
  const contenders = textContenders(open, files)
  const kept: Journal<TextMeasure> = openJournal(journal, { ...aboutOf(open, data.sha256), contenders })
  const measured = await measureTexts(open, data.rows, contenders, kept, onRow)
  return { contenders, calibration: [], ...reportTexts(data.rows, measured, contenders, idsOf(open), seed) }
}

function textContenders({ ensemble, learned }: OpenEnsemble, files: readonly NamedFile[]): Contender[] {
  const ids = ensemble.seats.map(({ member }) => member.id)
  const own = ensemble.seats.map(({ weight }) => weight)
  const equal = equalWeights(ids.length)
  const prior = own.every((weight) => weight >= 0) ? own : equal
  return [
    ...aloneContenders(ids),
    { name: 'equal weights', pool: ensemble.pool, weights: equal },
    { name: learned === null ? 'configured' : 'configured (weights file)', pool: 'configured', weights: own },
    ...files.map(({ path, file }): Contender => {
      const { pool } = file
      if (pool !== 'stacking') return { name: path, pool, weights: inOrder(file, ids, file.weights) }
      throw notHere(path, 'was learned from labels, and these are texts')
    }),
    { name: 'bayes', pool: 'bayes', weights: prior },
  ]
}

async function labels(
  open: OpenEnsemble,
  data: Extract<Data, { task: 'classification' }>,
  files: readonly NamedFile[],
  { journal, seed, onRow }: EvaluateOptions,
): Promise<Found> {
  const { question } = data
  const kept: Journal<LabelScores> = openJournal(journal, { ...aboutOf(open, data.sha256), question })
  const rows = await scoreRows(open, data.rows, question, kept, onRow)
  const ids = idsOf(open)
  const contenders: LabelContender[] = [
    ...plainLabelContenders(
      ids,
      ids.map(() => 1),
    ),
    ...(open.ensemble.pool === 'vote' ? [] : [configuredLabels(open)]),
    ...files.map(({ path, file }) => filedLabels(path, file, ids, question.labels)),
  ]
  return { contenders, ...measureLabels(rows, contenders, ids, seed) }
}

function configuredLabels({ ensemble, learned }: OpenEnsemble): LabelContender {
  const trained = learned?.classification ?? null
  return {
    name: 'configured',
    pool: trained?.coefficients ? 'stacking' : ensemble.pool,
    weights: ensemble.seats.map(({ weight }) => weight),
    temperatures: trained?.temperatures ?? ensemble.seats.map(() => 1),
    poolTemperature: trained?.poolTemperature ?? 1,
    coefficients: trained?.coefficients ?? null,
  }
}

function filedLabels(
  path: string,
  file: WeightsFile,
  ids: readonly string[],
  wanted: readonly string[],
): LabelContender {
  const { classification } = file
  if (classification === null) throw notHere(path, 'was learned from texts, and these are labels')
  if (classification.labels.join() !== wanted.join()) {
    throw notHere(path, `was learned for labels ${classification.labels.join(', ')}, not ${wanted.join(', ')}`)
  }
  if (file.members.map(({ id }) => id).join() !== ids.join()) throw notHere(path, 'has its members in another order')
  return {
    name: path,
    pool: file.pool,
    weights: file.weights,
    temperatures: classification.temperatures,
    poolTemperature: classification.pool_temperature,
    coefficients: classification.coefficients,
  }
}

function weightsIn(path: string, { ensemble, granularity }: OpenEnsemble): WeightsFile {
  const file = readWeightsFile(path)
  if ('fault' in file) throw notHere(path, file.fault)
  const own = ensemble.seats.map(({ member }) => member.id)
  const theirs = file.members.map(({ id }) => id)
  if (own.toSorted().join() !== theirs.toSorted().join()) {
    throw notHere(path, `holds weights of ${theirs.join(', ')}, not of ${own.join(', ')}`)
  }
  if (file.granularity !== granularity) {
    throw notHere(path, `was learned at granularity ${file.granularity}, and the ensemble's is ${granularity}`)
  }
  return file
}

function inOrder<T>({ members }: WeightsFile, ids: readonly string[], values: readonly T[]): T[] {
  return ids.map((id) => values[members.findIndex((member) => member.id === id)] as T)
}

function notHere(path: string, reason: string): TuttiError {
  return new TuttiError('invalid_request', `${path} ${reason}`, { param: 'weights' })
}

function idsOf({ ensemble }: OpenEnsemble): string[] {
  return ensemble.seats.map(({ member }) => member.id)
}

/** All that what members foretell depends on. */
function aboutOf({ ensemble, probes, granularity }: OpenEnsemble, sha256: string): object {
  const { tau, topK, unlisted, pool, adaptive } = ensemble
  const members = ensemble.seats.map(({ member: { id, kind } }, m) => ({
    id,
    kind,
    model: probes[m]?.model,
    vocabulary: probes[m]?.capabilities.vocabularyFingerprint,
  }))
  return { version: 1, sha256, members, granularity, tau, topK, unlisted, pool, adaptive }
}
