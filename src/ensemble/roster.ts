import { TuttiError, toTuttiError } from '../errors.ts'
import type { Ensemble } from './ensemble.ts'
import type { MemberWalk } from './member-walk.ts'
import { requireQuorum } from './plan.ts'

/** The members of one request while it runs: who is present, who was lost and by what error. */
export class Roster {
  readonly #ensemble: Ensemble
  readonly #lost = new Map<string, TuttiError>()
  #present: readonly MemberWalk[]

  constructor(ensemble: Ensemble, walks: readonly MemberWalk[]) {
    this.#ensemble = ensemble
    this.#present = walks
  }

  get present(): readonly MemberWalk[] {
    return this.#present
  }

  lostBy(id: string): TuttiError | null {
    return this.#lost.get(id) ?? null
  }

  get degraded(): boolean {
    return this.#present.length < this.#ensemble.seats.length
  }

  /**
   * Runs `task` for all present members at once and waits for all. A member whose task fails is lost for the rest of
   * the request; the others go on while they meet the quorum. Returns the waves it took: the most rounds of any member.
   *
   * @throws TuttiError `client_closed` when `client` aborted, the request's own fault as it is (a prompt too long for a
   *   member), else `quorum_not_met`.
   */
  async all(task: (walk: MemberWalk) => Promise<number>, client: AbortSignal): Promise<number> {
    const results = await Promise.allSettled(this.#present.map(task))
    if (client.aborted) throw new TuttiError('client_closed', 'the client has gone')
    let waves = 0
    const survivors: MemberWalk[] = []
    results.forEach((result, index) => {
      const walk = this.#present[index] as MemberWalk
      if (result.status === 'fulfilled') {
        waves = Math.max(waves, result.value)
        survivors.push(walk)
      } else {
        const error = toTuttiError(result.reason)
        if (error.status < 500) throw error
        this.#lost.set(walk.id, error)
      }
    })
    this.#present = survivors
    requireQuorum(
      this.#ensemble,
      survivors.map(({ planned }) => planned.seat),
      [...this.#lost].map(([id, error]) => `${id}: ${error.message}`),
    )
    return waves
  }
}
