import type { PoolKind } from '../core/pool/pools.ts'
import { TuttiError } from '../errors.ts'
import { type Directory, findEnsemble } from './directory.ts'
import type { Ensemble, LearnedLabels, PerRequest } from './ensemble.ts'

/** What a request sets for itself; absent: as configured. */
export interface AskedEnsemble {
  /** `ensemble`, or `ensemble/member` for one member alone. */
  readonly model: string
  /** By member id, at least 0; they are scaled to sum to 1. Who is not named has 0, and who has 0 takes no part. */
  readonly weights?: ReadonlyMap<string, number>
  readonly pool?: PoolKind
}

/**
 * The ensemble that a request names, with the weights and the pool that it sets; `whole` is the configured one.
 *
 * @throws TuttiError as `findEnsemble`; one that names the field where the ensemble doesn't take it, or can't.
 */
export function askedEnsemble(
  directory: Directory,
  { model, weights, pool }: AskedEnsemble,
): { readonly ensemble: Ensemble; readonly whole: Ensemble } {
  const { ensemble: configured, whole } = findEnsemble(directory, model)
  let ensemble = configured
  if (weights !== undefined) ensemble = weighed(ensemble, weights)
  if (pool !== undefined) ensemble = pooled(ensemble, pool)
  return { ensemble, whole }
}

function weighed(ensemble: Ensemble, weights: ReadonlyMap<string, number>): Ensemble {
  requireAllowed(ensemble, 'weights')
  const { name, seats, lead, quorum } = ensemble
  const ids = seats.map(({ member }) => member.id)
  const unknown = [...weights.keys()].find((id) => !ids.includes(id))
  if (unknown !== undefined) {
    throw refused(`ensemble.weights.${unknown}`, `"${name}" has no such member; it has ${ids.join(', ')}`)
  }
  const total = [...weights.values()].reduce((sum, weight) => sum + weight, 0)
  if (!(total > 0)) throw refused('ensemble.weights', 'must have a sum above 0')
  const weightOf = (id: string) => (weights.get(id) ?? 0) / total
  const left = ids.flatMap((id, index) => (weightOf(id) > 0 ? [index] : []))
  const heaviest = left.reduce((best, index) =>
    weightOf(ids[index] as string) > weightOf(ids[best] as string) ? index : best,
  )
  return {
    ...ensemble,
    seats: seats.flatMap(({ member }) => {
      const weight = weightOf(member.id)
      return weight > 0 ? [{ member, weight }] : []
    }),
    lead: left.indexOf(left.includes(lead) ? lead : heaviest),
    quorum: Math.min(quorum, left.length),
    ...(ensemble.learnedLabels && { learnedLabels: learnedBy(ensemble, ensemble.learnedLabels, left) }),
  }
}

/** What was learned for labels, for those members that are left; for a member alone nothing was. */
function learnedBy({ seats }: Ensemble, learned: LearnedLabels, left: readonly number[]): LearnedLabels {
  if (learned.temperatures.length !== seats.length) return learned
  return { ...learned, temperatures: learned.temperatures.filter((_, index) => left.includes(index)) }
}

function pooled(ensemble: Ensemble, pool: PoolKind): Ensemble {
  requireAllowed(ensemble, 'pool')
  if (pool !== 'log_linear' && ensemble.seats.some(({ weight }) => weight < 0)) {
    throw refused('ensemble.pool', `"${ensemble.name}" has weights below 0, which only \`log_linear\` can take`)
  }
  return { ...ensemble, pool }
}

function requireAllowed({ name, perRequest }: Ensemble, what: PerRequest): void {
  if (perRequest.includes(what)) return
  const param = `ensemble.${what}`
  throw new TuttiError(
    'unsupported_parameter',
    `\`${param}\`: requests can't set that of "${name}"; its configuration would allow it by \`per_request: [${what}]\``,
    { param },
  )
}

function refused(param: string, why: string): TuttiError {
  return new TuttiError('invalid_request', `\`${param}\`: ${why}`, { param })
}
