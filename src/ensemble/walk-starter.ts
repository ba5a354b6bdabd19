import type { Sampling } from '../core/decode/choose.ts'
import { linkedTo } from '../linked-signal.ts'
import type { Decoding } from './ensemble.ts'
import { Drafts } from './lockstep/drafts.ts'
import type { Ledger } from './lockstep/ledger.ts'
import { MemberCalls } from './lockstep/member-calls.ts'
import { routeOf } from './lockstep/route.ts'
import { MemberWalk } from './member-walk.ts'
import { logProbOfMissed, missedText } from './missed-text.ts'
import type { Observer } from './observer.ts'
import type { Plan } from './plan.ts'
import type { PlannedMember } from './present.ts'
import { behind } from './prompt.ts'
import type { Restarted } from './returns.ts'

/** How a request goes through the text. */
export interface Way {
  readonly decoding: Decoding
  /** How symbols are chosen; `step` is that of the first. */
  readonly sampling: Sampling
  /** The symbols of the text behind the prompt, where they are known beforehand. */
  readonly given?: Int32Array
  /** Keep what members do, and when. */
  readonly shown?: boolean
}

interface Run {
  /** Ends every call of the request. */
  readonly signal: AbortSignal
  readonly observer: Observer
  /** Milliseconds, monotonic. */
  readonly clock: () => number
}

/** What has been decided when a member is started anew. */
interface Output {
  readonly text: readonly number[]
  /** Symbols of it that the member had gone over when it was lost. */
  readonly since: number
}

/** Starts the walks of a request's members: at its prompt, and of one that was lost behind the text so far. */
export class WalkStarter {
  readonly #plan: Plan
  readonly #way: Way
  readonly #run: Run
  readonly #drafts: Drafts | null

  constructor(plan: Plan, way: Way, run: Run) {
    this.#plan = plan
    this.#way = way
    this.#run = run
    this.#drafts = plan.granularity === 'token' ? new Drafts() : null
  }

  /**
   * A member's walk with an end of its own: a member that is lost is not called any more.
   *
   * @param beside another walk of the member that ends with this one.
   */
  start(planned: PlannedMember, ledger: Ledger, way = this.#way, beside?: MemberWalk): MemberWalk {
    const { unlisted, tau, runAheadBudget: budget, uncertified } = this.#plan.ensemble
    const { clock, observer } = this.#run
    const own = linkedTo(this.#run.signal)
    const { signal } = own
    const calls = new MemberCalls(planned, ledger, { unlisted, signal, observer, clock })
    const lengthens = uncertified === 'longer_lists'
    const { granularity } = this.#plan
    const route = routeOf(calls, { granularity, tau, unlisted, lengthens, budget, drafts: this.#drafts, ...way })
    return new MemberWalk(planned, ledger, {
      ...route,
      close(reason) {
        route.close()
        beside?.close(reason)
        if (reason !== undefined) own.abort(reason)
      },
    })
  }

  /** The walk of a member that was lost, behind the text so far, of which its server makes tokens anew; null inside a character. */
  restart(lost: MemberWalk, output: Output): Restarted | null {
    const { prompt, granularity } = this.#plan
    const { text } = output
    if (this.#way.given !== undefined) return null
    const opened = granularity === 'token' ? prompt : behind(prompt, text)
    if (opened === null) return null
    const { ledger, planned } = lost
    const { promptTokens } = ledger
    const begun = granularity === 'token' ? 0 : text.length
    const { sampling } = this.#way
    const missed = this.#missed(lost, output)
    const way = { ...this.#way, sampling: { ...sampling, step: sampling.step + begun } }
    const walk = this.start(planned, ledger, way, missed?.walk)
    const symbols = granularity === 'token' ? [...text] : []
    const open = async () => {
      const [logProb] = await Promise.all([missed?.logProb ?? 0, walk.open(opened)])
      // Token by token it goes over all the text itself.
      if (granularity === 'byte') walk.follows(lost.logProb + logProb)
      for (const symbol of symbols) {
        await walk.ready()
        await walk.accept(symbol)
      }
      // What the request calls its prompt is still the same.
      ledger.promptTokens = promptTokens
    }
    return { walk, opened: open() }
  }

  /**
   * What a member that is lost makes of the text since then, behind which its new walk starts. Null where there is no such text, and
   * where no weight depends on it.
   */
  #missed({ planned, ledger }: MemberWalk, output: Output) {
    const { prompt, granularity, ensemble } = this.#plan
    if (granularity === 'token' || ensemble.adaptive.kind !== 'bayes') return null
    const text = missedText(prompt, output.text, output.since)
    if (text === null) return null
    const walk = this.start(planned, ledger, { ...this.#way, given: text.symbols })
    return { walk, logProb: logProbOfMissed(walk, text).finally(() => walk.close()) }
  }
}
