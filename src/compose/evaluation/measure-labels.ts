import { jensenShannon } from '../../core/distribution/divergence.ts'
import { diversityOf, oracleAccuracy, tableOf } from '../../core/learn/diversity.ts'
import { calibrationError, reliabilityOf } from '../../core/learn/reliability.ts'
import { equalWeights } from './contender.ts'
import type { ScoredRow } from './fit-labels.ts'
import { calibrated, type LabelContender, labelProbabilities } from './label-contender.ts'
import { pairsOf } from './measure-text.ts'
import type { Report } from './report.ts'
import { type Outcome, standingsOf } from './standings.ts'

/** Contenders of labels that need no learning beyond temperatures: each member alone, the average and the vote. */
export function plainLabelContenders(ids: readonly string[], temperatures: readonly number[]): LabelContender[] {
  const equal = equalWeights(ids.length)
  const common = { temperatures, poolTemperature: 1, coefficients: null }
  return [
    ...ids.map(
      (name, m) => ({ ...common, name, pool: 'linear', weights: equal.map((_, n) => (n === m ? 1 : 0)) }) as const,
    ),
    { ...common, name: 'average', pool: 'linear', weights: equal },
    { ...common, name: 'vote', pool: 'vote', weights: equal },
  ]
}

/** How contenders decide scored rows: log-loss, which decides between them, and errors. */
export function measureLabels(
  rows: readonly ScoredRow[],
  contenders: readonly LabelContender[],
  ids: readonly string[],
  seed: number,
): Pick<Report, 'measures' | 'diversity' | 'calibration'> {
  const decided = rows.map(({ scores }) => contenders.map((contender) => labelProbabilities(contender, scores)))
  const names = contenders.map(({ name }) => name)
  const outcomes = (lossOf: (probabilities: readonly number[], label: number) => number): Outcome[] =>
    rows.map(({ document, domain, label }, row) => ({
      document,
      domain,
      size: 1,
      losses: (decided[row] ?? []).map((probabilities) => finite(lossOf(probabilities, label))),
    }))
  const bits = outcomes((probabilities, label) => -Math.log2(probabilities[label] as number))
  const errors = outcomes((probabilities, label) => (likeliest(probabilities) === label ? 0 : 1))
  return {
    measures: [
      { name: 'bits per answer', unit: 'answers', standings: standingsOf(bits, names, ids.length, seed) },
      { name: 'errors per answer', unit: 'answers', standings: standingsOf(errors, names, ids.length, seed) },
    ],
    diversity: labelDiversity(rows, contenders, ids),
    calibration: names.map((name, index) => {
      const bins = reliabilityOf(
        rows.map(({ label }, row) => {
          const probabilities = decided[row]?.[index] ?? []
          return { confidence: Math.max(...probabilities), right: likeliest(probabilities) === label }
        }),
      )
      return { name, error: calibrationError(bins), bins }
    }),
  }
}

function labelDiversity(
  rows: readonly ScoredRow[],
  contenders: readonly LabelContender[],
  ids: readonly string[],
): Report['diversity'] {
  const temperatures = contenders[0]?.temperatures ?? []
  const own = rows.map(({ scores, label }) => ({
    label,
    members: calibrated(scores, temperatures).map((logProbs) => Float64Array.from(logProbs, Math.exp)),
  }))
  const right = ids.map((_, m) => own.map(({ members, label }) => likeliest([...(members[m] ?? [])]) === label))
  const equal = equalWeights(ids.length)
  return {
    pairs: pairsOf(ids.length).map(([a, b]) => ({
      members: [ids[a] as string, ids[b] as string] as const,
      ...diversityOf(tableOf(right[a] ?? [], right[b] ?? [])),
    })),
    accuracy: right.map((hits) => hits.filter(Boolean).length / rows.length),
    oracle: oracleAccuracy(right),
    jensen_shannon: own.reduce((sum, { members }) => sum + jensenShannon(members, equal), 0) / rows.length,
  }
}

function likeliest(probabilities: readonly number[]): number {
  return probabilities.indexOf(Math.max(...probabilities))
}

function finite(loss: number): number | null {
  return Number.isFinite(loss) ? loss : null
}
