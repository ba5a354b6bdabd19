import { type Bounded, type Fused, variationWithin, widenToHold } from './bounded.ts'

/**
 * Coefficients of stacked labels, a row a label: its bias, then one for each member's calibrated log-probability of each
 * label, member after member.
 */
export type StackingRows = readonly (readonly number[])[]

/** Logarithm that stands for all smaller ones: no coefficient was fitted on what is less likely. */
const leastLogProb = Math.log(1e-10)

/**
 * Multinomial logistic regression on the members' log-probabilities of labels (stacking, Wolpert 1992): softmax over labels of
 * bias + Σ_m Σ_y c·log p_m(y), on intervals as the logarithmic pool.
 *
 * @param members their distributions over the labels, in the order of the columns.
 */
export function stackedPool(members: readonly Bounded[], rows: StackingRows): Fused {
  const columns = (key: 'probabilities' | 'low' | 'high') =>
    members.flatMap((member) => Array.from(member[key], (p) => Math.max(leastLogProb, Math.log(p))))
  const [own, low, high] = [columns('probabilities'), columns('low'), columns('high')]
  const scores = rows.map((row) => weighed(row, own, own))
  const least = rows.map((row) => weighed(row, low, high))
  const most = rows.map((row) => weighed(row, high, low))
  const bounds = {
    probabilities: Float64Array.from(scores, (score) => share(score, scores)),
    low: Float64Array.from(least, (score, label) => share(score, swapped(most, label, score))),
    high: Float64Array.from(most, (score, label) => share(score, swapped(least, label, score))),
  }
  widenToHold(bounds)
  return { ...bounds, missing: variationWithin(bounds) }
}

/** The row's sum, with `up` where a coefficient is above 0, else `down`. */
function weighed([bias = 0, ...row]: readonly number[], up: readonly number[], down: readonly number[]): number {
  return row.reduce((sum, c, column) => sum + c * ((c > 0 ? up : down)[column] as number), bias)
}

function swapped(others: readonly number[], label: number, own: number): number[] {
  return others.map((score, other) => (other === label ? own : score))
}

function share(score: number, all: readonly number[]): number {
  return 1 / all.reduce((sum, other) => sum + Math.exp(other - score), 0)
}
