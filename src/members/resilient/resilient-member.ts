import type { Member } from '../member.ts'
import { type BreakerOptions, defineBreaker } from './breaker.ts'
import { breaking } from './breaking.ts'
import { defineGate, type GateOptions } from './gate.ts'
import { gated } from './gated.ts'
import type { HedgeOptions } from './hedge.ts'
import { type ReplicaChange, replicated } from './replicas.ts'
import { type RetryOptions, retrying } from './retrying.ts'
import { type TimeLimits, timed } from './timed.ts'

/** How a member bears its servers' failures. Null leaves out what it is of. */
export interface Resilience {
  readonly limits: TimeLimits
  readonly retries: RetryOptions
  readonly hedge: HedgeOptions | null
  readonly breaker: BreakerOptions
  readonly gate: GateOptions | null
}

export interface Surroundings {
  /** Milliseconds, monotonic. */
  readonly clock: () => number
  /** From [0, 1). */
  readonly random: () => number
  /** Told of each replica that goes down or comes back, where there are several. */
  readonly onReplica?: ((change: ReplicaChange) => void) | undefined
}

/**
 * A member over its replicas. From the inside: each replica has its time limits and its breaker, a call goes to one of them or to two,
 * is made again when it fails, waits until it may be made at all, and has a time for all of that.
 *
 * @param replicas at least one; all of one kind.
 */
export function resilient(
  replicas: readonly [Member, ...Member[]],
  { limits, retries, hedge, breaker, gate }: Resilience,
  { clock, random, onReplica }: Surroundings,
): Member {
  const guard = (replica: Member) => {
    return breaking(timed(replica, { ...limits, totalMs: null }), defineBreaker(breaker, clock))
  }
  const [first, ...others] = replicas
  const one = replicated([guard(first), ...others.map(guard)], { hedge, clock, ...(onReplica && { onReplica }) })
  const lasting = retries.most === 0 ? one : retrying(one, retries, random)
  const admitted = gate === null ? lasting : gated(lasting, defineGate(one.id, gate))
  if (limits.totalMs === null) return admitted
  return timed(admitted, { firstTokenMs: null, betweenTokensMs: null, totalMs: limits.totalMs })
}
