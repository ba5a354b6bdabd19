import type { Granularity } from '../core/lattice/alphabet.ts'
import { ByteLattice } from '../core/lattice/byte-lattice.ts'
import { completeList, type UnlistedPolicy } from '../core/lattice/completed-list.ts'
import { contextTokens, type LatticeContext } from '../core/lattice/context.ts'
import type { Conditional, Need, SymbolPath, Walk } from '../core/lattice/symbol-path.ts'
import { TokenPath } from '../core/lattice/token-path.ts'
import { textTokens } from '../core/lattice/vocabulary.ts'
import { TuttiError, toTuttiError } from '../errors.ts'
import { BusyTime } from './busy-time.ts'
import type { Observer } from './observer.ts'
import { type Opening, openingOf, plainOpening } from './opening.ts'
import { type PlannedMember, promptTooLong } from './plan.ts'
import type { Prompt } from './prompt.ts'

export interface WalkOptions {
  readonly unlisted: UnlistedPolicy
  readonly granularity: Granularity
  readonly tau: number
  readonly signal: AbortSignal
  readonly observer: Observer
  /** Milliseconds, monotonic. */
  readonly clock: () => number
}

/** What a member did in one request; forks of a walk share it. */
export interface WalkLedger {
  calls: number
  listed: number
  promptTokens: number | null
  firstListMs: number | null
  /** Time in which the request waited for the member. */
  readonly waiting: BusyTime
  /** Contexts whose list was held, and those of them that took part in a distribution. */
  fetched: number
  used: number
  /** Which contexts are counted as used; holds none of them in memory. */
  readonly counted: WeakSet<LatticeContext>
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** A member's way through one request: its path, and the calls that give the path what it needs. */
export class MemberWalk {
  readonly planned: PlannedMember
  readonly path: SymbolPath
  readonly ledger: WalkLedger
  readonly #options: WalkOptions
  /** Tokens that the text follows, and whether the path has begun. */
  #given: number
  #opened: boolean

  constructor(planned: PlannedMember, options: WalkOptions, from?: MemberWalk) {
    this.planned = planned
    this.#options = options
    this.#given = from === undefined ? 0 : from.#given
    this.#opened = from !== undefined
    this.path = from?.path.clone() ?? startPath(planned, options)
    this.ledger = from?.ledger ?? {
      calls: 0,
      listed: 0,
      promptTokens: null,
      firstListMs: null,
      waiting: new BusyTime(options.clock),
      fetched: 0,
      used: 0,
      counted: new WeakSet(),
    }
  }

  get id(): string {
    return this.planned.seat.member.id
  }

  /** A walk at the same place that may go another way; lists already fetched are shared. */
  fork(): MemberWalk {
    return new MemberWalk(this.planned, this.#options, this)
  }

  async open(prompt: Prompt): Promise<number> {
    const plain = plainOpening(prompt, this.#options.granularity)
    const { text, after } = plain ?? (await this.#askOpening(prompt))
    this.#given = after?.length ?? 0
    if (after !== undefined) this.#countPrompt(after.length)
    const rounds = await this.#run(this.path.open(text, after))
    this.#opened = true
    return rounds + (plain === null ? 1 : 0)
  }

  accept(symbol: number): Promise<number> {
    return this.#run(this.path.accept(symbol))
  }

  ready(): Promise<number> {
    return this.#run(this.path.ready())
  }

  /**
   * Gets lists `times` as long as usual for the contexts that are alive and hide something; none if the member has no
   * longer ones.
   */
  async lengthen(times: number): Promise<number> {
    const topK = Math.min(this.planned.topK * times, this.planned.probe.capabilities.maxTopK)
    const short = this.path
      .contexts()
      .filter(({ list }) => list !== null && list.unlisted > 0 && list.ranks.length < topK)
    if (short.length === 0) return 0
    try {
      await this.ledger.waiting.during(() => Promise.all(short.map((context) => this.#fetchList(context, topK))))
    } catch (error) {
      throw this.#named(error)
    }
    this.path.refresh()
    return 1
  }

  /** The member's distribution of the next symbol; after `ready`. */
  conditional(): Conditional {
    for (const context of this.path.contexts()) {
      if (this.ledger.counted.has(context)) continue
      this.ledger.counted.add(context)
      this.ledger.used++
    }
    return this.path.conditional()
  }

  async #askOpening(prompt: Prompt): Promise<Opening> {
    try {
      return await this.ledger.waiting.during(() =>
        this.#call((signal) => openingOf(prompt, this.planned, this.#options.granularity, signal)),
      )
    } catch (error) {
      throw this.#named(error)
    }
  }

  /** Runs a walk to its end, one round of concurrent calls for each thing it needs; returns the number of rounds. */
  async #run(walk: Walk): Promise<number> {
    let rounds = 0
    let answer: Int32Array | undefined
    try {
      for (let next = walk.next(); next.done !== true; next = walk.next(answer)) {
        const need = next.value
        rounds++
        answer = await this.ledger.waiting.during(() => this.#fulfil(need))
      }
    } catch (error) {
      throw this.#named(error)
    }
    return rounds
  }

  async #fulfil(need: Need): Promise<Int32Array | undefined> {
    if (need.kind === 'lists') {
      await Promise.all(need.contexts.map((context) => this.#fetchList(context, this.planned.topK)))
      return undefined
    }
    const tokens = await this.#call((signal) => this.planned.seat.member.tokenize(decoder.decode(need.text), signal))
    const own = this.#given === 0 ? tokens : textTokens(tokens, this.planned.probe.vocabulary)
    this.#countPrompt(this.#given + own.length)
    return tokens
  }

  /** @throws TuttiError `context_length_exceeded` for a prompt that the model has no room for. */
  #countPrompt(tokens: number): void {
    const limit = this.planned.probe.capabilities.contextLength
    if (tokens > limit) throw promptTooLong(this.id, String(tokens), limit)
    if (!this.#opened) this.ledger.promptTokens = tokens
  }

  /** @throws TuttiError `context_length_exceeded` for a context that the model has no room to go on from. */
  async #fetchList(context: LatticeContext, topK: number): Promise<void> {
    const { capabilities, vocabulary } = this.planned.probe
    if (context.length > capabilities.contextLength) {
      throw new TuttiError(
        'context_length_exceeded',
        `the text has grown to ${context.length} tokens for member "${this.id}", which takes at most ${capabilities.contextLength}`,
        { member: this.id },
      )
    }
    const { clock } = this.#options
    const start = clock()
    const isNew = context.list === null
    this.ledger.calls++
    await this.#call(async (signal) => {
      const tokens = contextTokens(context)
      let answered = false
      for await (const step of this.planned.seat.member.continue({ tokens }, { maxTokens: 1, topK, signal })) {
        context.list = completeList(step.distribution, vocabulary, this.#options.unlisted)
        this.ledger.listed += step.distribution.ids.length
        answered = true
      }
      if (!answered) throw new TuttiError('member_protocol', 'the member answered without a distribution')
    })
    if (isNew) this.ledger.fetched++
    this.ledger.firstListMs ??= clock() - start
  }

  /** A call of the member, which the observer is told of. */
  async #call<T>(call: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { clock, observer, signal } = this.#options
    const start = clock()
    let outcome = 'ok'
    try {
      return await call(signal)
    } catch (error) {
      outcome = toTuttiError(error).code
      throw error
    } finally {
      observer.memberCall({ member: this.id, outcome, seconds: (clock() - start) / 1000 })
    }
  }

  #named(error: unknown): TuttiError {
    const known = toTuttiError(error)
    return known.member === null ? new TuttiError(known.code, known.message, { member: this.id, cause: known }) : known
  }
}

function startPath({ probe }: PlannedMember, { granularity, tau }: WalkOptions): SymbolPath {
  return granularity === 'token' ? new TokenPath(probe.vocabulary) : new ByteLattice(probe.vocabulary, { tau })
}
