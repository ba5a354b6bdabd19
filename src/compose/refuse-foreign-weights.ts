import type { EnsembleConfig } from '../config/config.ts'
import { otherGranularity } from '../config/learned-weights.ts'
import { type Directory, findEnsemble } from '../ensemble/directory.ts'
import { granularityOf } from '../ensemble/granularity.ts'
import { TuttiError } from '../errors.ts'

/**
 * What only probes can tell of a weights file: whether the ensemble's symbols are still those it was learned on. Members
 * never reached yet have no say.
 *
 * @throws TuttiError `invalid_config` that names the field.
 */
export function refuseForeignWeights({ name, learned }: EnsembleConfig, directory: Directory): void {
  if (learned === null) return
  const { state } = directory
  const { whole: ensemble } = findEnsemble(directory, name)
  const refuse = (reason: string): never => {
    const param = `ensembles.${name}.weights_file`
    throw new TuttiError('invalid_config', `${param}: ${learned.file} ${reason}; learn them anew with \`tutti tune\``, {
      param,
    })
  }
  const probes = ensemble.seats.map(({ member }) => state(member.id).probe())
  if (probes.every((probe) => probe === null)) return
  const granularity = granularityOf(ensemble, state)
  if (granularity !== learned.granularity) refuse(otherGranularity(learned.granularity, granularity))
  for (const [index, probe] of probes.entries()) {
    if (probe === null || probe.capabilities.vocabularyFingerprint === learned.vocabularies[index]) continue
    refuse(`was learned with another vocabulary of "${ensemble.seats[index]?.member.id}" (members.vocabulary)`)
  }
}
