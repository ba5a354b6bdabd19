import { TuttiError } from '../../errors.ts'
import type { Member } from '../member.ts'
import type { Breaker, Outcome } from './breaker.ts'
import { type Around, decorated } from './decorated.ts'

/**
 * The member of one replica behind its breaker. Failures are those that may be gone later; a refused call says nothing of the server,
 * and neither does one that its caller has ended.
 *
 * @throws TuttiError from every operation `circuit_open` while the replica is not called.
 */
export function breaking(member: Member, breaker: Breaker): Member {
  function entered(): (outcome: Outcome) => void {
    const settle = breaker.enter()
    if (settle === null) throw open(member, breaker.waitMs)
    return settle
  }

  const around: Around = {
    async once({ signal, on }) {
      const settle = entered()
      try {
        const value = await on(member, signal)
        settle('ok')
        return value
      } catch (error) {
        settle(outcomeOf(error, signal))
        throw error
      }
    },
    async *stream({ signal, on }) {
      const settle = entered()
      let outcome: Outcome = 'unclear'
      try {
        for await (const item of on(member, signal)) {
          if (outcome === 'unclear') settle('ok')
          outcome = 'ok'
          yield item
        }
        outcome = 'ok'
      } catch (error) {
        outcome = outcomeOf(error, signal)
        throw error
      } finally {
        settle(outcome)
      }
    },
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

function outcomeOf(error: unknown, signal: AbortSignal): Outcome {
  const failed = error instanceof TuttiError && error.type === 'member_error' && error.retryable
  return failed && !signal.aborted ? 'failed' : 'unclear'
}

function open({ id, replica }: Member, waitMs: number): TuttiError {
  const message = `${id}: ${replica} has failed again and again, and is not called for now`
  return new TuttiError('circuit_open', message, { member: id, retryAfterMs: Math.ceil(waitMs) })
}
