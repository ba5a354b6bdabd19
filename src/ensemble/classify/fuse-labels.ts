import { labelDistribution } from '../../core/classify/label-distribution.ts'
import type { Bounded, Fused } from '../../core/pool/bounded.ts'
import { pools } from '../../core/pool/pools.ts'
import { stackedPool } from '../../core/pool/stacking.ts'
import { TuttiError } from '../../errors.ts'
import type { Stacking } from './label-pool.ts'
import type { ClassifyPlan } from './plan-classify.ts'

/**
 * What the pool makes of the members' distributions over labels.
 *
 * @param present ids of the members that have one.
 * @param missing why the others have none.
 * @throws TuttiError `quorum_not_met` when a stacked pool lacks one of its members.
 */
export function fuseLabels(
  plan: ClassifyPlan,
  present: readonly string[],
  distributions: readonly Bounded[],
  weights: readonly number[],
  missing: readonly string[],
): Fused {
  const fused = pooled(plan, present, distributions, weights, missing)
  return plan.poolTemperature === 1 ? fused : atTemperature(fused, plan.poolTemperature)
}

function pooled(
  { pool, stacking, labels }: ClassifyPlan,
  present: readonly string[],
  distributions: readonly Bounded[],
  weights: readonly number[],
  missing: readonly string[],
): Fused {
  if (pool !== 'stacking' || stacking === null) return pools[pool as keyof typeof pools](distributions, weights)
  if (present.length < stacking.members.length) {
    throw new TuttiError('quorum_not_met', `a stacked pool needs all of its members (${missing.join('; ')})`)
  }
  return stackedBy(stacking, labels, present, distributions)
}

/** The stacked pool, with members and labels in the order of its columns and rows, and the result in that of the request. */
function stackedBy(
  stacking: Stacking,
  labels: readonly string[],
  present: readonly string[],
  distributions: readonly Bounded[],
): Fused {
  const ownOrder = stacking.labels.map((label) => labels.indexOf(label))
  const members = stacking.members.map((id) => reordered(distributions[present.indexOf(id)] as Bounded, ownOrder))
  const askedOrder = labels.map((label) => stacking.labels.indexOf(label))
  return reordered(stackedPool(members, stacking.rows), askedOrder)
}

function reordered({ probabilities, low, high, missing }: Bounded, order: readonly number[]): Bounded {
  const of = (values: Float64Array) => Float64Array.from(order, (index) => values[index] as number)
  return { probabilities: of(probabilities), low: of(low), high: of(high), missing }
}

function atTemperature({ probabilities, low, high }: Fused, temperature: number): Fused {
  const scores = Array.from(probabilities, (p, label) => ({
    logProb: Math.log(p),
    low: Math.log(low[label] as number),
    high: Math.log(high[label] as number),
  }))
  return labelDistribution(scores, temperature)
}
