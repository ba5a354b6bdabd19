import type { MemberConfig } from '../config/config.ts'
import { measured } from '../members/resilient/measured.ts'
import type { ReplicaChange } from '../members/resilient/replicas.ts'
import type { Logger } from '../observability/logger.ts'
import type { LoadedTokenizer } from '../tokenizer/load-tokenizer.ts'
import type { SupervisorEvent } from '../worker/supervisor.ts'
import { defineMember } from './define-member.ts'
import { discreet } from './discreet-member.ts'
import { placeMembers } from './embedded.ts'
import { lookedAt } from './probe/looked-at-member.ts'
import { secretsOfMember, withoutSecrets } from './probe/without-secrets.ts'
import { type Watch, watchMember } from './watch-member.ts'

/** A member with its watch, and its worker process if it has one, which fleets share: it ends when none holds it. */
export interface HeldMember {
  /** Tells members of different configuration apart. */
  readonly fingerprint: string
  readonly watch: Watch
  hold(): void
  release(): Promise<void>
}

export function fingerprintOf(member: MemberConfig): string {
  return JSON.stringify(member)
}

/**
 * Starts what a member needs, held once.
 *
 * @param signal ends the start.
 * @throws TuttiError `invalid_model` when its worker cannot start.
 */
export async function startMember(
  config: MemberConfig,
  tokenizer: LoadedTokenizer | null,
  logger: Logger,
  signal: AbortSignal,
): Promise<HeldMember> {
  const tell = ({ kind, id, ...facts }: SupervisorEvent) => logger.info({ member: id, ...facts }, `worker ${kind}`)
  const placed = await placeMembers([config], tell, { signal })
  const { id, topK } = config
  const onReplica = (change: ReplicaChange) => {
    const { url, down } = withoutSecrets(change, secretsOfMember(config))
    if (down === null) logger.info({ member: id, replica: url }, 'replica up')
    else logger.warn({ member: id, replica: url, reason: down }, 'replica down')
  }
  const defined = lookedAt(defineMember(config, placed.urls.get(id) ?? [], tokenizer, onReplica), tokenizer)
  const member = measured(discreet(defined, config), () => performance.now())
  const watch = watchMember(member, {
    topK,
    onChange: (reason) => {
      if (reason === null) logger.info({ member: id, replica: member.replica }, 'member up')
      else logger.warn({ member: id, replica: member.replica, reason }, 'member down')
    },
  })
  let holders = 1
  return {
    fingerprint: fingerprintOf(config),
    watch,
    hold() {
      holders++
    },
    async release() {
      if (--holders > 0) return
      watch.close()
      await member.close()
      await placed.close()
    },
  }
}
