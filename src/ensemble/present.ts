import { renormalised } from '../core/pool/weights.ts'
import { TuttiError } from '../errors.ts'
import type { Probe } from '../members/member.ts'
import type { Directory } from './directory.ts'
import type { Ensemble, MemberState, Seat } from './ensemble.ts'

/** A member that takes part, with what the probe knows of it. */
export interface PlannedMember {
  readonly seat: Seat
  readonly probe: Probe
  /** Length of the lists to ask for. */
  readonly topK: number
  /** Why it can't be used now, or null when it can. */
  readonly down: () => string | null
}

/** A member that can't take part, and why. */
export interface AbsentMember {
  readonly seat: Seat
  readonly reason: string
}

/**
 * The members of an ensemble that can be called now, and those that can't. A failed call takes a member out until a probe has looked, but is
 * no proof: where the quorum hangs on it, the member is called all the same.
 */
export function findPresent(
  directory: Directory,
  ensemble: Ensemble,
): { readonly present: readonly PlannedMember[]; readonly absent: readonly AbsentMember[] } {
  const cautious = presentBut(directory, ensemble, (state) => state.down())
  if (cautious.present.length >= ensemble.quorum) return cautious
  return presentBut(directory, ensemble, (state) => (state.suspected?.() ? null : state.down()))
}

function presentBut(directory: Directory, ensemble: Ensemble, down: (state: MemberState) => string | null) {
  const present: PlannedMember[] = []
  const absent: AbsentMember[] = []
  for (const seat of ensemble.seats) {
    const state = directory.state(seat.member.id)
    const probe = state.probe()
    const reason = down(state) ?? (probe === null ? 'not probed yet' : null)
    if (reason !== null || probe === null) absent.push({ seat, reason: reason ?? 'not probed yet' })
    else {
      const topK = Math.min(ensemble.topK, probe.capabilities.maxTopK)
      present.push({ seat, probe, topK, down: () => state.down() })
    }
  }
  return { present, absent }
}

/** @throws TuttiError `quorum_not_met` that says who is missing and why. */
export function requireQuorum(ensemble: Ensemble, present: readonly Seat[], missing: readonly string[]): void {
  const needed = `ensemble "${ensemble.name}" needs ${Math.max(1, ensemble.quorum)} of its ${ensemble.seats.length} members`
  if (present.length < ensemble.quorum || present.length === 0) {
    throw new TuttiError('quorum_not_met', `${needed} and has ${present.length} (${missing.join('; ')})`)
  }
  // Without those it is contrasted with, a contrasted member would turn into an expert.
  const contrasted = present.some(({ weight }) => weight < 0)
  if (contrasted && present.reduce((sum, { weight }) => sum + weight, 0) <= 0) {
    throw new TuttiError(
      'quorum_not_met',
      `${needed} with weights that sum to more than 0, and those present have none (${missing.join('; ')})`,
    )
  }
}

/** Of those present the configured lead, else the heaviest. */
export function leadOf<T extends { readonly seat: Seat }>({ seats, lead }: Ensemble, present: readonly T[]): T {
  const configured = seats[lead]?.member.id
  const heaviest = present.reduce((best, one) => (one.seat.weight > best.seat.weight ? one : best))
  return present.find(({ seat }) => seat.member.id === configured) ?? heaviest
}

/** Weights of the given seats, in proportion, with sum 1. */
export function weightsOf(seats: readonly Seat[]): number[] {
  return renormalised(seats.map(({ weight }) => weight))
}
