import { TuttiError } from '../errors.ts'
import type { Ensemble, MemberState } from './ensemble.ts'

/** All ensembles by name, and what is known of each member at the moment. */
export interface Directory {
  readonly ensembles: ReadonlyMap<string, Ensemble>
  state(memberId: string): MemberState
  /** There are others, which this caller may not use. */
  readonly restricted?: boolean
}

/**
 * What a request's `model` names: `ensemble`, or `ensemble/member` for one member alone through the same path; `whole` is
 * the ensemble with all its members either way.
 *
 * @throws TuttiError `model_not_found`, with what there is; `model_not_allowed` where there may be others.
 */
export function findEnsemble(directory: Directory, model: string): { ensemble: Ensemble; whole: Ensemble } {
  const whole = directory.ensembles.get(model)
  if (whole !== undefined) return { ensemble: whole, whole }
  const slash = model.indexOf('/')
  const ensemble = slash < 0 ? undefined : directory.ensembles.get(model.slice(0, slash))
  const seat = ensemble?.seats.find(({ member }) => member.id === model.slice(slash + 1))
  if (ensemble !== undefined && seat !== undefined) {
    return {
      whole: ensemble,
      ensemble: { ...ensemble, name: model, seats: [{ ...seat, weight: 1 }], lead: 0, quorum: 1 },
    }
  }
  throw noSuchModel(directory, model, 'model')
}

/** The error of a name that no model has, or none that the caller may use: he does not learn which. */
export function noSuchModel(directory: Directory, name: string, param: string): TuttiError {
  const there = modelNames(directory).join(', ')
  if (directory.restricted === true) {
    return new TuttiError('model_not_allowed', `this key may not use "${name}"; it may use ${there}`, { param })
  }
  return new TuttiError('model_not_found', `there is no model "${name}"; there is ${there}`, { param })
}

/** Every name that `model` may have. */
export function modelNames(directory: Directory): string[] {
  return [...directory.ensembles.values()].flatMap(({ name, seats }) => [
    name,
    ...seats.map(({ member }) => `${name}/${member.id}`),
  ])
}
