import type { Directory } from '../ensemble/directory.ts'
import type { Member } from '../members/member.ts'
import { carrying } from '../members/resilient/carrying.ts'

/** The directory as a traced request sees it: the calls of its members carry the `traceparent`. */
export function tracedDirectory(directory: Directory, traceparent: string): Directory {
  const members = new Map<string, Member>()
  const traced = (member: Member): Member => {
    const known = members.get(member.id) ?? carrying(member, traceparent)
    members.set(member.id, known)
    return known
  }
  const ensembles = Array.from(directory.ensembles, ([name, ensemble]) => {
    const seats = ensemble.seats.map((seat) => ({ ...seat, member: traced(seat.member) }))
    return [name, { ...ensemble, seats }] as const
  })
  return {
    ...directory,
    ensembles: new Map(ensembles),
    state(id) {
      const state = directory.state(id)
      return { ...state, member: traced(state.member) }
    },
  }
}
