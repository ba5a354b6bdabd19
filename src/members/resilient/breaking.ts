import { TuttiError } from '../../errors.ts'
import type { Member } from '../member.ts'
import type { Breaker, Outcome } from './breaker.ts'
import { type Call, decorated } from './decorated.ts'

/**
 * The member of one replica behind its breaker. Failures are those that may be gone later; a refused call says nothing of the server,
 * and neither does one that its caller has ended.
 *
 * @throws TuttiError from every operation `circuit_open` while the replica is not called.
 */
export function breaking(member: Member, breaker: Breaker): Member {
  async function* around<T>({ signal, on }: Call<T>): AsyncGenerator<T, void> {
    const settle = breaker.enter()
    if (settle === null) throw open(member, breaker.waitMs)
    let outcome: Outcome = 'unclear'
    try {
      for await (const item of on(member, signal)) {
        if (outcome === 'unclear') settle('ok')
        outcome = 'ok'
        yield item
      }
      outcome = 'ok'
    } catch (error) {
      outcome = isFailure(error) && !signal.aborted ? 'failed' : 'unclear'
      throw error
    } finally {
      settle(outcome)
    }
  }

  return {
    ...decorated(member, around),
    replicas: () => [{ url: member.replica, breaker: breaker.state }],
    async probe(signal) {
      const found = await member.probe(signal)
      breaker.halfOpen()
      return found
    },
  }
}

function isFailure(error: unknown): boolean {
  return error instanceof TuttiError && error.type === 'member_error' && error.retryable
}

function open({ id, replica }: Member, waitMs: number): TuttiError {
  const message = `${id}: ${replica} has failed again and again, and is not called for now`
  return new TuttiError('circuit_open', message, { member: id, retryAfterMs: Math.ceil(waitMs) })
}
