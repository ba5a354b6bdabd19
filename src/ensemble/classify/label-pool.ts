import type { PoolKind } from '../../core/pool/pools.ts'
import type { StackingRows } from '../../core/pool/stacking.ts'
import { TuttiError } from '../../errors.ts'
import type { Ensemble } from '../ensemble.ts'
import type { Label } from './label-texts.ts'

export type LabelPool = PoolKind | 'stacking'

/** How a label classifier is stacked: what it was fitted for, and its coefficients. */
export interface Stacking {
  readonly labels: readonly string[]
  /** In the order of the columns. */
  readonly members: readonly string[]
  readonly rows: StackingRows
}

/** Whether two lists have the same entries, in whatever order. */
export function isSame(a: readonly string[], b: readonly string[]): boolean {
  const sorted = b.toSorted()
  return a.length === b.length && a.toSorted().every((one, index) => one === sorted[index])
}

/** @throws TuttiError for a temperature of nobody. */
export function checkMembers({ name, seats }: Ensemble, temperatures: ReadonlyMap<string, number>): void {
  const ids = seats.map(({ member }) => member.id)
  const unknown = [...temperatures.keys()].find((id) => !ids.includes(id))
  if (unknown === undefined) return
  const param = `temperatures.${unknown}`
  throw new TuttiError('invalid_request', `\`${param}\`: "${name}" has no such member; it has ${ids.join(', ')}`, {
    param,
  })
}

export const stackingWeighs = 'stacking weighs the members by its coefficients; ask for another `pool`'

export function refused(param: string, why: string): TuttiError {
  return new TuttiError('invalid_request', `\`${param}\`: ${why}`, { param })
}

/** @throws TuttiError where the pool, the weights and the stacking don't fit one another, or the labels. */
export function checkPool(
  { name, seats }: Ensemble,
  pool: LabelPool,
  stacking: Stacking | null,
  labels: readonly Label[],
): void {
  if ((pool === 'linear' || pool === 'vote') && seats.some(({ weight }) => weight < 0)) {
    throw refused('pool', `"${name}" has weights below 0, which only \`log_linear\` can take`)
  }
  if ((pool === 'stacking') !== (stacking !== null)) {
    throw refused(
      'stacking',
      pool === 'stacking' ? 'the pool `stacking` needs it' : 'only the pool `stacking` takes it',
    )
  }
  if (stacking === null) return
  const ids = seats.map(({ member }) => member.id)
  if (!isSame(stacking.members, ids)) {
    throw refused(
      'stacking.members',
      `it was fitted for ${stacking.members.join(', ')}, and "${name}" has ${ids.join(', ')}`,
    )
  }
  const asked = labels.map(({ label }) => label)
  if (!isSame(stacking.labels, asked)) {
    throw refused('stacking.labels', `it was fitted for ${stacking.labels.join(', ')}, and not for ${asked.join(', ')}`)
  }
  const width = 1 + stacking.members.length * stacking.labels.length
  if (stacking.rows.length !== stacking.labels.length || stacking.rows.some(({ length }) => length !== width)) {
    throw refused('stacking.coefficients', `there must be ${stacking.labels.length} rows of ${width} numbers`)
  }
}
