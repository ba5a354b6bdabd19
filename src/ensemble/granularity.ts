import type { Granularity } from '../core/lattice/alphabet.ts'
import { TuttiError } from '../errors.ts'
import type { Ensemble, MemberState } from './ensemble.ts'

/**
 * The symbol that an ensemble's pool works on. `auto` is `token` where all members are known to share one vocabulary (equal
 * fingerprints: id → bytes and special ids, never names), else `byte`. Members never reached yet have no say.
 *
 * @throws TuttiError `invalid_config` when `token` is asked for and vocabularies differ.
 */
export function granularityOf(ensemble: Ensemble, state: (memberId: string) => MemberState): Granularity {
  if (ensemble.granularity === 'byte') return 'byte'
  const known = ensemble.seats.flatMap(({ member }) => {
    const probe = state(member.id).probe()
    return probe === null ? [] : [{ id: member.id, fingerprint: probe.capabilities.vocabularyFingerprint }]
  })
  const first = known[0]
  const other = known.find(({ fingerprint }) => fingerprint === null || fingerprint !== first?.fingerprint)
  if (first !== undefined && other === undefined) return 'token'
  if (ensemble.granularity === 'auto') return 'byte'
  throw new TuttiError(
    'invalid_config',
    first === undefined
      ? `ensemble "${ensemble.name}" asks for granularity token, and no member has told its vocabulary yet`
      : `ensemble "${ensemble.name}" asks for granularity token, but "${other?.id}" has not the vocabulary of "${first.id}"; ` +
          'use granularity byte, which suits any tokenizers',
    { param: `ensembles.${ensemble.name}.granularity` },
  )
}
