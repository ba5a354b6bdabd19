import { TuttiError, toTuttiError } from '../errors.ts'
import { endOf } from './end-of.ts'
import type { Ensemble } from './ensemble.ts'
import type { MemberWalk } from './member-walk.ts'
import type { Observer } from './observer.ts'
import { requireQuorum } from './present.ts'
import { settledWithin } from './settled-within.ts'

/** Told of members that leave. */
export interface RosterWatch {
  readonly observer: Observer
  /** Called after the member has left. */
  lost(id: string, error: TuttiError): void
}

/** The members of one request while it runs: who is present, who was lost and by what error. */
export class Roster {
  readonly #ensemble: Ensemble
  readonly #watch: RosterWatch
  readonly #lost = new Map<string, TuttiError>()
  #present: readonly MemberWalk[]
  #complete: boolean

  constructor(ensemble: Ensemble, walks: readonly MemberWalk[], watch: RosterWatch) {
    this.#ensemble = ensemble
    this.#present = walks
    this.#watch = watch
    this.#complete = walks.length === ensemble.seats.length
  }

  get present(): readonly MemberWalk[] {
    return this.#present
  }

  lostBy(id: string): TuttiError | null {
    return this.#lost.get(id) ?? null
  }

  /** Some member did not take part from the beginning to the end. */
  get degraded(): boolean {
    return !this.#complete
  }

  /** A member that was lost is present again. */
  back(walk: MemberWalk): void {
    this.#lost.delete(walk.id)
    const ids = this.#ensemble.seats.map(({ member }) => member.id)
    this.#present = [...this.#present, walk].sort((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id))
  }

  /**
   * Runs `task` for the given walks of present members at once (theirs, or forks of them) and waits for all, or, where the ensemble
   * has a grace, until it is over after enough have ended to meet the quorum. A member whose task fails or is late is lost; the
   * others go on while they meet the quorum. Returns the waves it took: the most rounds of any member.
   *
   * @throws TuttiError why `client` aborted, `client_closed` unless it says otherwise; at once an error of status 400 (a
   *   context that is full, messages that a template refuses), which is the request's fault and no member's; the error of
   *   a member, where none may be lost; else `quorum_not_met`.
   */
  async all(
    walks: readonly MemberWalk[],
    task: (walk: MemberWalk) => Promise<number>,
    client: AbortSignal,
  ): Promise<number> {
    const fault = Promise.withResolvers<never>()
    const { graceMs, onMemberLoss } = this.#ensemble
    const tasks = walks.map(async (walk) => {
      try {
        return await task(walk)
      } catch (thrown) {
        const error = toTuttiError(thrown)
        if (error.status === 400) fault.reject(error)
        throw error
      }
    })
    const outcomes =
      graceMs === null
        ? Promise.allSettled(tasks)
        : settledWithin(tasks, graceMs, (ended) => this.#isQuorum(walks.filter((_, index) => ended[index])))
    const results = await Promise.race([outcomes, fault.promise])
    if (client.aborted) throw endOf(client)
    let waves = 0
    results.forEach((result, index) => {
      if (result?.status === 'fulfilled') waves = Math.max(waves, result.value)
      else
        this.#lose(
          (walks[index] as MemberWalk).id,
          result === null ? late(walks[index] as MemberWalk, graceMs) : result.reason,
        )
    })
    const [lost] = this.#lost.values()
    if (onMemberLoss === 'fail' && lost !== undefined) throw lost
    requireQuorum(
      this.#ensemble,
      this.#present.map(({ planned }) => planned.seat),
      [...this.#lost].map(([id, error]) => `${id}: ${error.message}`),
    )
    return waves
  }

  #isQuorum(walks: readonly MemberWalk[]): boolean {
    const { quorum } = this.#ensemble
    // With weights below 0 those left must still sum to more.
    const sum = walks.reduce((total, { planned }) => total + planned.seat.weight, 0)
    return walks.length >= Math.max(1, quorum) && sum > 0
  }

  #lose(id: string, error: TuttiError): void {
    if (this.#lost.has(id)) return
    this.#lost.set(id, error)
    this.#complete = false
    for (const walk of this.#present) if (walk.id === id) walk.close(error)
    this.#present = this.#present.filter((walk) => walk.id !== id)
    this.#watch.observer.memberLost({ member: id, code: error.code, message: error.message })
    this.#watch.lost(id, error)
  }
}

function late({ id }: MemberWalk, graceMs: number | null): TuttiError {
  const message = `${id}: no answer within ${graceMs} ms after the quorum had answered`
  return new TuttiError('member_timeout', message, { member: id })
}
