import { TuttiError, toTuttiError } from '../errors.ts'
import type { Ensemble } from './ensemble.ts'
import type { MemberWalk } from './member-walk.ts'
import type { Observer } from './observer.ts'
import { requireQuorum } from './plan.ts'

/** Why a request has ended before its answer. */
function endOf({ reason }: AbortSignal): TuttiError {
  return reason instanceof TuttiError ? reason : new TuttiError('client_closed', 'the client has gone')
}

/** The members of one request while it runs: who is present, who was lost and by what error. */
export class Roster {
  readonly #ensemble: Ensemble
  readonly #observer: Observer
  readonly #lost = new Map<string, TuttiError>()
  #present: readonly MemberWalk[]

  constructor(ensemble: Ensemble, walks: readonly MemberWalk[], observer: Observer) {
    this.#ensemble = ensemble
    this.#present = walks
    this.#observer = observer
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
   * Runs `task` for the given walks of present members at once (theirs, or forks of them) and waits for all. A member
   * whose task fails is lost for the rest of the request; the others go on while they meet the quorum. Returns the waves
   * it took: the most rounds of any member.
   *
   * @throws TuttiError why `client` aborted, `client_closed` unless it says otherwise; at once an error of status 400 (a context that is full, messages
   *   that a template refuses), which is the request's fault and no member's; else `quorum_not_met`.
   */
  async all(
    walks: readonly MemberWalk[],
    task: (walk: MemberWalk) => Promise<number>,
    client: AbortSignal,
  ): Promise<number> {
    const fault = Promise.withResolvers<never>()
    const tasks = walks.map(async (walk) => {
      try {
        return await task(walk)
      } catch (thrown) {
        const error = toTuttiError(thrown)
        if (error.status === 400) fault.reject(error)
        throw error
      }
    })
    const results = await Promise.race([Promise.allSettled(tasks), fault.promise])
    if (client.aborted) throw endOf(client)
    let waves = 0
    results.forEach((result, index) => {
      if (result.status === 'fulfilled') waves = Math.max(waves, result.value)
      else this.#lose((walks[index] as MemberWalk).id, result.reason)
    })
    requireQuorum(
      this.#ensemble,
      this.#present.map(({ planned }) => planned.seat),
      [...this.#lost].map(([id, error]) => `${id}: ${error.message}`),
    )
    return waves
  }

  #lose(id: string, error: TuttiError): void {
    if (this.#lost.has(id)) return
    this.#lost.set(id, error)
    for (const walk of this.#present) if (walk.id === id) walk.close()
    this.#present = this.#present.filter((walk) => walk.id !== id)
    this.#observer.memberLost({ member: id, code: error.code, message: error.message })
  }
}
