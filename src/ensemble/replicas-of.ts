import type { ReplicaState } from '../members/member.ts'
import type { MemberState } from './ensemble.ts'

/** The replicas of a member as they stand, in the order of the configuration. One that is alone stands as its member does. */
export function replicasOf({ member, down }: MemberState): readonly Required<ReplicaState>[] {
  return (member.replicas?.() ?? []).map((one) => ({ ...one, down: one.down === undefined ? down() : one.down }))
}
