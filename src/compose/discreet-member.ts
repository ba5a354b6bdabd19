import type { MemberConfig } from '../config/config.ts'
import { TuttiError } from '../errors.ts'
import type { Member } from '../members/member.ts'
import { type Around, decorated } from '../members/resilient/decorated.ts'
import { secretsOfMember, withoutSecrets } from './probe/without-secrets.ts'

/**
 * The member, with its secrets taken out of its errors and addresses: servers repeat a key that they refuse, and errors go to
 * callers, logs and the diagnosis.
 */
export function discreet(member: Member, config: MemberConfig): Member {
  const secrets = secretsOfMember(config)

  function cleared(error: unknown): unknown {
    if (!(error instanceof TuttiError)) return error
    const message = withoutSecrets(error.message, secrets)
    if (message === error.message) return error
    const { code, param, retryAfterMs, serverStatus } = error
    const known = { member: member.id, retryAfterMs, serverStatus }
    return new TuttiError(code, message, { ...known, ...(param !== null && { param }) })
  }

  const around: Around = {
    async once({ signal, on }) {
      try {
        return await on(member, signal)
      } catch (error) {
        throw cleared(error)
      }
    },
    async *stream({ signal, on }) {
      try {
        yield* on(member, signal)
      } catch (error) {
        throw cleared(error)
      }
    },
  }

  const { replicas } = member
  return {
    ...decorated(member, around),
    replica: withoutSecrets(member.replica, secrets),
    ...(replicas && {
      replicas: () => replicas().map(({ breaker, ...words }) => ({ breaker, ...withoutSecrets(words, secrets) })),
    }),
    async probe(signal) {
      try {
        return await member.probe(signal)
      } catch (error) {
        throw cleared(error)
      }
    },
  }
}
