import type { Alphabet } from '../core/lattice/alphabet.ts'
import type { Room } from '../core/pool/bounded.ts'
import { TuttiError } from '../errors.ts'
import { type LinkedSignal, linkedTo } from '../linked-signal.ts'
import { BusyTime } from './busy-time.ts'
import { Ledger } from './lockstep/ledger.ts'
import type { MemberWalk } from './member-walk.ts'
import type { Observer, Operation } from './observer.ts'
import type { Plan } from './plan.ts'
import { leadOf } from './present.ts'
import { Returns } from './returns.ts'
import { Roster } from './roster.ts'
import { decide, fuse, type Step, type StepSampling } from './step.ts'
import { Tally } from './tally.ts'
import { Timeline } from './timeline/timeline.ts'
import { WalkStarter, type Way } from './walk-starter.ts'
import { deadlineExceeded, leftMs, timedOut } from './within-deadline.ts'

export interface RunOptions {
  /** Aborts when the client goes. */
  readonly signal: AbortSignal
  readonly observer: Observer
  /** Milliseconds, monotonic. */
  readonly clock: () => number
  /** When the request began, by the clock: its deadline counts from there. Absent: now. */
  readonly sinceMs?: number
}

/** Made once: what it would say of where is the same for every request, and costs more than the rest of ending one. */
const requestEnded = new TuttiError('client_closed', 'the request has ended')

/** Milliseconds to wait for a member that is nearly back, where the ensemble has no grace. */
const usualWaitMs = 250

/** A time for which a member was away from the text. */
export interface Absence {
  readonly id: string
  /** The first step without it, and the first with it again; null: there was none. */
  readonly fromStep: number
  toStep: number | null
  readonly error: TuttiError
}

/** Lists that leave a choice uncertain are asked for this many times as long. */
const lengthening = 8

/** One request while it runs: its members, its deadline, its sums. */
export class Session {
  readonly plan: Plan
  readonly roster: Roster
  /** Times that members were away, in the order in which they were lost. */
  readonly absences: Absence[] = []
  /** One for each member; of a member that came back, the newer one. */
  walks: readonly MemberWalk[]
  readonly tally = new Tally()
  readonly startedMs: number
  readonly clock: () => number
  readonly observer: Observer
  /** Null unless the request asks for it. */
  readonly timeline: Timeline | null
  /** The symbols decided so far, and the lost members that follow them. */
  readonly #text: number[] = []
  readonly #returns: Returns
  readonly #client: AbortSignal
  /** Ends the calls that still run when the client goes, the deadline is over, or the request has its answer, or none. */
  readonly #running: LinkedSignal
  readonly #timer: NodeJS.Timeout
  #late = false
  /** Time in which the request waited for its members. */
  readonly waiting: BusyTime
  /** Milliseconds of distributions, pool and choice. */
  fusingMs = 0
  waves = 0
  #promptTokens = 0
  /** Milliseconds from the start to the first decided symbol. */
  #firstMs: number | null = null

  constructor(plan: Plan, options: RunOptions, way: Way) {
    const { ensemble } = plan
    this.plan = plan
    this.clock = options.clock
    this.observer = options.observer
    this.startedMs = options.sinceMs ?? options.clock()
    this.waiting = new BusyTime(options.clock)
    this.#client = options.signal
    // Not AbortSignal.timeout, whose timer stays until it fires: there would be one for each request of the last minute.
    this.#timer = setTimeout(() => this.#expire(), leftMs(ensemble, options)).unref()
    this.#running = linkedTo(options.signal)
    const starter = new WalkStarter(plan, way, { ...options, signal: this.#running.signal })
    const ids = ensemble.seats.map(({ member }) => member.id)
    this.timeline = way.shown === true ? new Timeline(ids, options.clock, this.startedMs) : null
    this.walks = plan.present.map((planned) => {
      const lane = this.timeline?.lane(planned.seat.member.id) ?? null
      return starter.start(planned, new Ledger(options.clock, lane))
    })
    const restart = (id: string, since: number) => {
      const lost = this.#walkOf(id)
      return lost === undefined ? null : starter.restart(lost, { text: this.#text, since })
    }
    const down = (id: string) => this.#walkOf(id)?.planned.down() ?? null
    const waitMs = ensemble.graceMs ?? usualWaitMs
    this.#returns = new Returns({ restart, down, clock: options.clock, waitMs }, this.#text)
    this.roster = new Roster(ensemble, this.walks, {
      observer: options.observer,
      lost: (id, error) => {
        this.absences.push({ id, fromStep: this.tally.steps, toStep: null, error })
        this.#returns.lost(id, error)
        this.timeline?.lane(id).lost(error.code)
      },
    })
  }

  #walkOf(id: string): MemberWalk | undefined {
    return this.walks.find((walk) => walk.id === id)
  }

  /** The symbols of this request, the same for every member. */
  get alphabet(): Alphabet {
    return (this.walks[0] as MemberWalk).alphabet
  }

  /** Starts every member at the end of the prompt. */
  async open(): Promise<void> {
    await this.#together((walk) => walk.open(this.plan.prompt))
    this.#promptTokens = this.lead().ledger.promptTokens ?? 0
  }

  /** Tokens of the prompt for the member that led when it was read. */
  get promptTokens(): number {
    return this.#promptTokens
  }

  /** Aborts whatever still runs. */
  close(): void {
    clearTimeout(this.#timer)
    for (const walk of this.walks) walk.close()
    this.#returns.close()
    this.#running.abort(requestEnded)
    this.#running.release()
  }

  #expire(): void {
    this.#late = !this.#running.signal.aborted
    this.#running.abort(timedOut())
  }

  /** Gets every list that the next distribution needs. */
  ready(): Promise<void> {
    return this.#together((walk) => walk.ready())
  }

  /**
   * Decides the next symbol from lists that have all come; a choice that they leave uncertain is decided again with longer
   * ones, if the ensemble says so and there are any.
   */
  async decided(room: Room, sampling: StepSampling): Promise<Step> {
    for (let times = 1; ; times *= lengthening) {
      const started = this.clock()
      const step = decide(fuse(this.roster.present, this.plan.ensemble, room), sampling)
      this.fusingMs += this.clock() - started
      this.#firstMs ??= this.clock() - this.startedMs
      if (step.choice.certified || this.plan.ensemble.uncertified === 'emit') return step
      const before = this.waves
      await this.#together((walk) => walk.lengthen(times * lengthening, times))
      if (this.waves === before) return step
    }
  }

  /** Moves every member over a chosen symbol. */
  async accept(symbol: number): Promise<void> {
    if (this.roster.degraded) {
      for (const walk of await this.waiting.during(() => this.#returns.arrived())) {
        this.walks = this.walks.map((known) => (known.id === walk.id ? walk : known))
        this.roster.back(walk)
        this.timeline?.lane(walk.id).back()
        const absence = this.absences.findLast(({ id, toStep }) => id === walk.id && toStep === null)
        if (absence !== undefined) absence.toStep = this.tally.steps
      }
    }
    this.#text.push(symbol)
    await this.#together((walk) => walk.accept(symbol))
  }

  /**
   * Forks of the given walks, each moved over `byte` and ready; null where some member's context has no room for it. A
   * member lost on the way is lost to the request.
   */
  async forked(walks: readonly MemberWalk[], byte: number): Promise<readonly MemberWalk[] | null> {
    const forks = walks.map((walk) => walk.fork())
    const moved = this.#together(async (walk) => (await walk.accept(byte)) + (await walk.ready()), forks)
    if (!(await hasRoom(moved))) return null
    return forks.filter(({ id }) => this.roster.lostBy(id) === null)
  }

  /** The present member whose token borders cut the output: the configured lead, else the heaviest that is left. */
  lead(): MemberWalk {
    const present = this.roster.present.map((walk) => ({ walk, seat: walk.planned.seat }))
    return leadOf(this.plan.ensemble, present).walk
  }

  /** Tells the observer that the request has its answer, of so many segments. */
  answered(operation: Operation, tokens = 0): void {
    const { steps, certifiedSteps, acceptedSteps, missingSum } = this.tally
    this.observer.answered({
      ensemble: this.plan.ensemble.name,
      operation,
      degraded: this.roster.degraded,
      steps,
      certifiedSteps,
      waves: this.waves,
      acceptedSteps,
      wasted: this.walks.map(({ id, ledger }) => ({ member: id, lists: ledger.fetched - ledger.used })),
      missingMassMean: steps === 0 ? 0 : missingSum / steps,
      promptTokens: this.#promptTokens,
      tokens,
      seconds: (this.clock() - this.startedMs) / 1000,
      firstSeconds: this.#firstMs === null ? null : this.#firstMs / 1000,
      fusingSeconds: this.fusingMs / 1000,
    })
  }

  /**
   * Behind the deadline no text goes on: whoever has lists that came ahead would write without those who are asked for theirs, and what
   * depended on who was how far.
   *
   * @throws TuttiError `deadline_exceeded`.
   */
  requireTime(): void {
    if (this.#late) throw deadlineExceeded(this.plan.ensemble, this.#running.signal.reason)
  }

  async #together(task: (walk: MemberWalk) => Promise<number>, walks = this.roster.present): Promise<void> {
    try {
      this.waves += await this.waiting.during(() => this.roster.all(walks, task, this.#client))
    } catch (error) {
      if (!this.#late || this.#client.aborted) throw error
      throw deadlineExceeded(this.plan.ensemble, error)
    }
  }
}

/** Whether a step could be made; false when some member's context has no room for it. */
export async function hasRoom(step: Promise<void>): Promise<boolean> {
  try {
    await step
    return true
  } catch (error) {
    if (error instanceof TuttiError && error.code === 'context_length_exceeded') return false
    throw error
  }
}
