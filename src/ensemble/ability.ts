import type { Granularity } from '../core/lattice/alphabet.ts'
import { TuttiError } from '../errors.ts'
import type { Member, Probe } from '../members/member.ts'
import type { Ensemble, MemberState } from './ensemble.ts'
import { granularityOf } from './granularity.ts'

/** What a member lacks to be fused at a granularity; null: nothing. */
export function lacks(granularity: Granularity, member: Member, probe: Probe): string | null {
  const { vocabulary, capabilities } = probe
  if (granularity === 'token') {
    return vocabulary === null || capabilities.vocabularyFingerprint === null ? 'does not tell its vocabulary' : null
  }
  if (vocabulary !== null || member.continueText !== undefined) return null
  return 'gives no lists of what comes next'
}

/**
 * Members never reached yet have no say.
 *
 * @throws TuttiError `invalid_config` when a member is known to lack what the ensemble's granularity needs.
 */
export function refuseUnable(ensemble: Ensemble, state: (memberId: string) => MemberState): void {
  const known = ensemble.seats.flatMap(({ member }) => {
    const probe = state(member.id).probe()
    return probe === null ? [] : [{ member, probe }]
  })
  if (known.length === 0) return
  const granularity = granularityOf(ensemble, state)
  for (const { member, probe } of known) {
    const lack = lacks(granularity, member, probe)
    if (lack === null) continue
    throw new TuttiError(
      'invalid_config',
      `ensemble "${ensemble.name}" is fused at granularity ${granularity}, and member "${member.id}" ${lack}`,
      { param: `ensembles.${ensemble.name}.members`, member: member.id },
    )
  }
}
