import type { MemberConfig } from '../config/config.ts'
import { TuttiError } from '../errors.ts'
import type { Member } from '../members/member.ts'
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
    const { code, param, retryAfterMs } = error
    return new TuttiError(code, message, { member: member.id, retryAfterMs, ...(param !== null && { param }) })
  }

  async function once<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer
    } catch (error) {
      throw cleared(error)
    }
  }

  async function* streamed<T>(steps: AsyncIterable<T>): AsyncGenerator<T, void> {
    try {
      yield* steps
    } catch (error) {
      throw cleared(error)
    }
  }

  const { replicas, continueText, bytes, score, query, listAt, chat, answer } = member
  return {
    ...member,
    replica: withoutSecrets(member.replica, secrets),
    continue: (...call) => streamed(member.continue(...call)),
    tokenize: (...call) => once(member.tokenize(...call)),
    probe: (...call) => once(member.probe(...call)),
    ...(replicas && {
      replicas: () => replicas().map((one) => ({ ...one, url: withoutSecrets(one.url, secrets) })),
    }),
    ...(continueText && { continueText: (...call) => streamed(continueText(...call)) }),
    ...(bytes && { bytes: (...call) => streamed(bytes(...call)) }),
    ...(score && { score: (...call) => once(score(...call)) }),
    ...(query && { query: (...call) => once(query(...call)) }),
    ...(listAt && { listAt: (...call) => once(listAt(...call)) }),
    ...(chat && { chat: (...call) => once(chat(...call)) }),
    ...(answer && { answer: (...call) => once(answer(...call)) }),
  }
}
