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
 * @throws TuttiError `invalid_config` when a member is known to lack what the ensemble's granularity or strategy needs.
 */
export function refuseUnable(ensemble: Ensemble, state: (memberId: string) => MemberState): void {
  const known = ensemble.seats.flatMap(({ member }) => {
    const probe = state(member.id).probe()
    return probe === null ? [] : [{ member, probe }]
  })
  if (known.length === 0) return
  const { name, strategy } = ensemble
  const refused = (field: string, why: string, member?: string) =>
    new TuttiError('invalid_config', `ensemble "${name}" ${why}`, {
      param: `ensembles.${name}.${field}`,
      ...(member && { member }),
    })
  const granularity = granularityOf(ensemble, state)
  const unable = known.flatMap(({ member, probe }) => {
    const lack = lacks(granularity, member, probe)
    return lack === null ? [] : [{ member, lack }]
  })
  if (strategy.kind === 'rerank' && unable.length === ensemble.seats.length) {
    throw refused(
      'strategy',
      'reranks, and no member can score the texts of another: none gives lists of what comes next',
    )
  }
  const found = unable.find(({ member }) => strategy.kind === 'fuse' || member.answer === undefined)
  if (found === undefined) return
  const { member, lack } = found
  const how =
    strategy.kind === 'fuse' ? `is fused at granularity ${granularity}` : `chooses among answers (${strategy.kind})`
  throw refused('members', `${how}, and member "${member.id}" ${lack}`, member.id)
}
