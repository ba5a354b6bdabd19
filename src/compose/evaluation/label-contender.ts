import { scaled } from '../../core/learn/temperature.ts'
import { type PoolKind, pools } from '../../core/pool/pools.ts'
import type { LabelScores } from './label-scores.ts'

/** How labels are decided: a pool of the members' calibrated probabilities, or what was trained on them. */
export interface LabelContender {
  readonly name: string
  readonly pool: PoolKind | 'stacking'
  readonly weights: readonly number[]
  /** One a member. */
  readonly temperatures: readonly number[]
  /** Of the pooled probabilities. */
  readonly poolTemperature: number
  /** Of stacking: a row a label. */
  readonly coefficients: readonly (readonly number[])[] | null
}

/** ln 1e-10: stands for less than that where labels are stacked. */
export const leastStacked = Math.log(1e-10)

/** Members' calibrated natural log-probabilities of the labels. */
export function calibrated(scores: LabelScores, temperatures: readonly number[]): number[][] {
  return scores.map((own, m) => scaled(own, temperatures[m] as number))
}

/** Probability of each label. */
export function labelProbabilities(contender: LabelContender, scores: LabelScores): number[] {
  const logProbs = calibrated(scores, contender.temperatures)
  const pooled = pooledLogProbs(contender, logProbs)
  return contender.poolTemperature === 1
    ? pooled.map(Math.exp)
    : scaled(pooled, contender.poolTemperature).map(Math.exp)
}

/** Natural logarithms of what the pool makes of calibrated log-probabilities, before its own temperature. */
export function pooledLogProbs(
  { pool, weights, coefficients }: Pick<LabelContender, 'pool' | 'weights' | 'coefficients'>,
  logProbs: readonly (readonly number[])[],
): number[] {
  if (pool === 'stacking') {
    const features = [1, ...logProbs.flat().map((logProb) => Math.max(leastStacked, logProb))]
    const scores = (coefficients ?? []).map((row) =>
      row.reduce((sum, coefficient, i) => sum + coefficient * (features[i] as number), 0),
    )
    return scaled(scores, 1)
  }
  const members = logProbs.map((own) => {
    const probabilities = Float64Array.from(own, Math.exp)
    return { probabilities, low: probabilities, high: probabilities, missing: 0 }
  })
  return Array.from(pools[pool](members, weights).probabilities, Math.log)
}
