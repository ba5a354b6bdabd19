import { TuttiError } from '../errors.ts'
import type { Ensemble, MemberState } from './ensemble.ts'

/** All ensembles by name, and what is known of each member at the moment. */
export interface Directory {
  readonly ensembles: ReadonlyMap<string, Ensemble>
  state(memberId: string): MemberState
}

/**
 * What a request's `model` names: `ensemble`, or `ensemble/member` for one member alone through the same path; `whole` is
 * the ensemble with all its members either way.
 *
 * @throws TuttiError `model_not_found`, with what there is.
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
  throw new TuttiError(
    'model_not_found',
    `there is no model "${model}"; there is ${modelNames(directory).join(', ')}`,
    {
      param: 'model',
    },
  )
}

/** Every name that `model` may have. */
export function modelNames(directory: Directory): string[] {
  return [...directory.ensembles.values()].flatMap(({ name, seats }) => [
    name,
    ...seats.map(({ member }) => `${name}/${member.id}`),
  ])
}
