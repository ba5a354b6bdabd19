import type { Config, MemberConfig } from '../config/config.ts'
import { refuseUnable } from '../ensemble/ability.ts'
import type { Directory } from '../ensemble/directory.ts'
import type { Logger } from '../observability/logger.ts'
import { unlessAborted } from '../unless-aborted.ts'
import { loadTokenizers } from './define-member.ts'
import { defineDirectory } from './directory.ts'
import { fingerprintOf, type HeldMember, startMember } from './held-member.ts'
import { refuseForeignWeights } from './refuse-foreign-weights.ts'

/** The members and ensembles of one configuration. Requests take it and give it back; it outlasts them. */
export interface Fleet {
  readonly directory: Directory
  readonly members: ReadonlyMap<string, HeldMember>
  take(): void
  giveBack(): void
  /** Takes no more requests: ends its members, but those that another fleet holds, when the last request has given it back. */
  retire(): Promise<void>
}

/**
 * Starts the members of a configuration, and waits until each has been probed. Those that `previous` has with the same configuration
 * are shared with it, with all that is known of them.
 *
 * @param signal ends the start.
 * @throws TuttiError `invalid_config` or `invalid_model`, or the signal's reason; nothing of it runs then.
 */
export async function assembleFleet(
  config: Config,
  previous: Fleet | null,
  logger: Logger,
  signal: AbortSignal,
): Promise<Fleet> {
  const shared = (member: MemberConfig) => {
    const known = previous?.members.get(member.id)
    return known?.fingerprint === fingerprintOf(member) ? known : undefined
  }
  const tokenizers = loadTokenizers(config.members.filter((member) => shared(member) === undefined))
  const started = await Promise.allSettled(
    config.members.map(async (member): Promise<[string, HeldMember]> => {
      const { id } = member
      const known = shared(member)
      if (known === undefined) return [id, await startMember(member, tokenizers.get(id) ?? null, logger, signal)]
      known.hold()
      return [id, known]
    }),
  )
  const members = new Map(started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])))
  const end = async () => {
    await Promise.all([...members.values()].map((member) => member.release()))
  }
  try {
    const failed = started.find((result) => result.status === 'rejected')
    if (failed) throw failed.reason
    await unlessAborted(Promise.all([...members.values()].map(({ watch }) => watch.first)), signal)
    const watches = new Map([...members].map(([id, { watch }]) => [id, watch]))
    const directory = defineDirectory(config.ensembles, watches)
    for (const ensemble of directory.ensembles.values()) refuseUnable(ensemble, directory.state)
    for (const ensemble of config.ensembles) refuseForeignWeights(ensemble, directory)
    return { directory, members, ...taken(end) }
  } catch (error) {
    await end()
    throw error
  }
}

function taken(end: () => Promise<void>): Pick<Fleet, 'take' | 'giveBack' | 'retire'> {
  let requests = 0
  const unused = Promise.withResolvers<void>()
  let retired = false
  const look = () => {
    if (retired && requests === 0) unused.resolve()
  }
  return {
    take() {
      requests++
    },
    giveBack() {
      requests--
      look()
    },
    async retire() {
      retired = true
      look()
      await unused.promise
      await end()
    },
  }
}
