import type { EnsembleConfig } from '../config/config.ts'
import type { Directory } from '../ensemble/directory.ts'
import type { Ensemble, MemberState } from '../ensemble/ensemble.ts'
import { TuttiError } from '../errors.ts'

/** The ensembles of a configuration over its members' states, which are by id. */
export function defineDirectory(
  ensembles: readonly EnsembleConfig[],
  states: ReadonlyMap<string, MemberState>,
): Directory {
  const state = (memberId: string): MemberState => {
    const found = states.get(memberId)
    if (found) return found
    throw new TuttiError('internal', `no member has the id "${memberId}"`)
  }
  const toEnsemble = (config: EnsembleConfig): Ensemble => ({
    name: config.name,
    seats: config.members.map(({ id, weight }) => ({ member: state(id).member, weight })),
    lead: config.lead,
    pool: config.pool,
    perRequest: config.perRequest,
    granularity: config.granularity,
    tau: config.tau,
    topK: config.topK,
    unlisted: config.unlisted,
    uncertified: config.uncertified,
    decoding: config.decoding,
    runAheadBudget: config.runAheadBudget,
    quorum: config.quorum,
    graceMs: config.graceMs,
    onMemberLoss: config.onMemberLoss,
    deadlineMs: config.deadlineMs,
    sampling: config.sampling,
    strategy: config.strategy,
    ...(config.learned?.classification && { learnedLabels: config.learned.classification }),
    adaptive: config.adaptive,
  })
  return { ensembles: new Map(ensembles.map((config) => [config.name, toEnsemble(config)])), state }
}
