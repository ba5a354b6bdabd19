import type { Foretold } from '../../core/learn/foretold.ts'
import { foldsByDocument } from '../../core/learn/split.ts'
import { fitStacking } from '../../core/learn/stacking-fit.ts'
import { fitTemperature } from '../../core/learn/temperature.ts'
import { equalWeights } from './contender.ts'
import { type Fit, fits } from './fit-weights.ts'
import { calibrated, type LabelContender, leastStacked, pooledLogProbs } from './label-contender.ts'
import type { LabelScores } from './label-scores.ts'
import type { LabelRow } from './read-rows.ts'

export type LabelMethod = Fit | 'stacking'

/** A row with what the members made of its labels. */
export interface ScoredRow extends LabelRow {
  readonly scores: LabelScores
}

/** Strengths of stacking's pull that are tried, in nats an answer, and the folds they are judged in. */
const strengths = [1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1]
const folds = 5

/** One temperature a member, so that its probabilities are as often right as they say. */
export function fitTemperatures(rows: readonly ScoredRow[]): number[] {
  const members = rows[0]?.scores.length ?? 0
  return Array.from({ length: members }, (_, m) =>
    fitTemperature(rows.map(({ scores, label }) => ({ scores: scores[m] ?? [], label }))),
  )
}

/** Learns how labels are to be decided: temperatures of the members, the pool, the temperature of the pool. */
export function fitLabels(method: LabelMethod, name: string, rows: readonly ScoredRow[], seed: number): LabelContender {
  const temperatures = fitTemperatures(rows)
  const pooled = method === 'stacking' ? stackedFrom(rows, seed) : weighedFrom(method, rows, temperatures)
  const poolTemperature = fitTemperature(
    rows.map(({ scores, label }) => ({
      scores: pooledLogProbs(pooled, calibrated(scores, temperatures)).map((score) => Math.max(leastStacked, score)),
      label,
    })),
  )
  // Stacking is fitted to the answers' likelihood and needs none.
  return { name, ...pooled, temperatures, poolTemperature: method === 'stacking' ? 1 : poolTemperature }
}

type Pooled = Pick<LabelContender, 'pool' | 'weights' | 'coefficients'>

function weighedFrom(method: Fit, rows: readonly ScoredRow[], temperatures: readonly number[]): Pooled {
  const foretold = foretoldFrom(rows.map((row) => ({ ...row, logProbs: calibrated(row.scores, temperatures) })))
  const { pool, learnFrom } = fits[method]
  return { pool, weights: learnFrom(foretold), coefficients: null }
}

/**
 * Stacking on out-of-fold predictions: the temperatures of each fold's predictions come from the other folds, and the
 * strength of the pull is that with which the other folds foretell a fold best.
 */
function stackedFrom(rows: readonly ScoredRow[], seed: number): Pooled {
  const fold = foldsByDocument(
    rows.map(({ document, label }) => ({ document, group: String(label) })),
    folds,
    seed,
  )
  const others = (own: number) => rows.filter((_, index) => fold[index] !== own)
  const used = [...new Set(fold)].filter((own) => others(own).length > 0)
  const temperatures = new Map(used.map((own) => [own, fitTemperatures(others(own))]))
  const predicted = rows.map((row, index) => ({
    ...row,
    fold: fold[index] as number,
    logProbs: calibrated(row.scores, temperatures.get(fold[index] as number) ?? row.scores.map(() => 1)),
  }))
  const lossWith = (strength: number) =>
    used.reduce((sum, own) => {
      const coefficients = fitStacking(foretoldFrom(predicted.filter((row) => row.fold !== own)), strength)
      const held = predicted.filter((row) => row.fold === own)
      return sum + held.reduce((loss, row) => loss - stackedLogProb(row, coefficients), 0)
    }, 0)
  const losses = strengths.map(lossWith)
  const strength = strengths[losses.indexOf(Math.min(...losses))] as number
  const coefficients = fitStacking(foretoldFrom(predicted), strength)
  return { pool: 'stacking', weights: equalWeights(rows[0]?.scores.length ?? 0), coefficients }
}

function stackedLogProb(
  { logProbs, label }: { readonly logProbs: readonly (readonly number[])[]; readonly label: number },
  coefficients: NonNullable<Pooled['coefficients']>,
): number {
  return pooledLogProbs({ pool: 'stacking', weights: [], coefficients }, logProbs)[label] as number
}

function foretoldFrom(
  rows: readonly { readonly label: number; readonly logProbs: readonly (readonly number[])[] }[],
): Foretold {
  const [first] = rows
  return {
    size: first?.logProbs[0]?.length ?? 0,
    outcomes: Int32Array.from(rows, ({ label }) => label),
    logProbs: (first?.logProbs ?? []).map((_, m) =>
      Float32Array.from(
        rows.flatMap(({ logProbs }) => logProbs[m] ?? []),
        (logProb) => Math.max(leastStacked, logProb),
      ),
    ),
  }
}
