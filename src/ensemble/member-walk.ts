import type { Alphabet } from '../core/lattice/alphabet.ts'
import type { Conditional, PathCounters } from '../core/lattice/symbol-path.ts'
import { TuttiError } from '../errors.ts'
import type { Ledger } from './lockstep/ledger.ts'
import { Lookahead } from './lockstep/lookahead.ts'
import type { Course, Place } from './lockstep/place.ts'
import type { Route } from './lockstep/route.ts'
import { plainOpening } from './opening.ts'
import type { PlannedMember } from './present.ts'
import type { Prompt } from './prompt.ts'

/** A member's way through one request: the places it comes to, by its own course or by the ensemble's choice. */
export class MemberWalk {
  readonly planned: PlannedMember
  readonly ledger: Ledger
  readonly #route: Route
  #ahead: Lookahead | null = null
  #place: Place | null = null
  #counters: PathCounters = { revivals: 0, prunedMass: 0 }
  /** Rounds of the place that have been counted. */
  #counted = 0
  #logProb = 0

  constructor(planned: PlannedMember, ledger: Ledger, route: Route) {
    this.planned = planned
    this.ledger = ledger
    this.#route = route
  }

  get id(): string {
    return this.planned.seat.member.id
  }

  get alphabet(): Alphabet {
    return this.#route.alphabet
  }

  /** A walk at the same place that may go another way; lists already fetched are shared. */
  fork(): MemberWalk {
    const fork = new MemberWalk(this.planned, this.ledger, { ...this.#route, ahead: 1, close: () => {} })
    fork.#place = this.#here().beside()
    fork.#counted = fork.#place.rounds
    fork.#logProb = this.#logProb
    return fork
  }

  /** Starts at the end of the prompt. Like all moves, returns the rounds of calls that the request waited for. */
  async open(prompt: Prompt): Promise<number> {
    const plain = plainOpening(prompt, this.alphabet.granularity)
    const opening = plain ?? (await this.ledger.waiting.during(() => this.#route.ask(prompt)))
    return (await this.#take(this.#route.start(opening))) + (plain === null ? 1 : 0)
  }

  /** Moves over a chosen symbol that is not the end; after `ready`. */
  async accept(symbol: number): Promise<number> {
    const place = this.#here()
    this.#logProb += Math.log(place.conditional.probabilities[symbol] ?? 0)
    if (this.#ahead === null || place.next !== symbol) return this.#take(place.instead(symbol))
    this.#ahead.shift()
    return this.#arrive(this.#ahead)
  }

  /** Gets what the next distribution needs. */
  async ready(): Promise<number> {
    const place = this.#here()
    await this.ledger.waiting.during(() => place.settle())
    return this.#newRounds(place)
  }

  /**
   * Gets lists `times` as long as usual for the contexts that are alive and hide something; none if the member has no
   * longer ones. A list may be shorter than was asked for, and would be again: what counts is what can be asked for.
   *
   * @param before how many times as long they have been asked for already.
   */
  async lengthen(times: number, before: number): Promise<number> {
    const { topK, probe } = this.planned
    const longest = (factor: number) => Math.min(topK * factor, probe.capabilities.maxTopK)
    const most = longest(times)
    if (most === longest(before)) return 0
    const course = await this.ledger.waiting.during(() => this.#here().lengthened(most))
    if (course === null) return 0
    await this.#take(course)
    await this.ready()
    return 1
  }

  /** The member's distribution of the next symbol; after `ready`. */
  conditional(): Conditional {
    const place = this.#here()
    place.use()
    this.#counters = place.counters
    return place.conditional
  }

  /** Natural logarithm of the member's probability of the text since the prompt. */
  get logProb(): number {
    return this.#logProb
  }

  /** The walk was opened behind text since the prompt, which had this probability (natural logarithm) for the member. */
  follows(logProb: number): void {
    this.#logProb += logProb
  }

  /** The symbol that the member's own path goes on with, at its server; after `ready`. */
  get heading(): number {
    return this.#here().heading
  }

  /** Bytes since the last token border of the likeliest tokenization of the text. */
  sinceBorder(): number {
    return this.#here().sinceBorder
  }

  /** What had been pruned and woken up to the last distribution that was read. */
  get counters(): PathCounters {
    return this.#counters
  }

  /** Ends what runs for it; for a member that is lost, with the error that it was lost by. */
  close(reason?: TuttiError): void {
    this.#ahead?.stop()
    this.#route.close(reason)
  }

  #here(): Place {
    if (this.#place === null) throw new TuttiError('internal', 'a walk was read before it was opened')
    return this.#place
  }

  #take(course: Course): Promise<number> {
    this.#ahead?.stop()
    this.#ahead = new Lookahead(course, this.#route.ahead)
    return this.#arrive(this.#ahead)
  }

  async #arrive(ahead: Lookahead): Promise<number> {
    const left = this.#place
    this.#place = ahead.first ?? (await this.ledger.waiting.during(() => ahead.arrival()))
    left?.leave()
    this.#counted = 0
    return this.#newRounds(this.#place)
  }

  #newRounds(place: Place): number {
    const fresh = place.rounds - this.#counted
    this.#counted = place.rounds
    return fresh
  }
}
