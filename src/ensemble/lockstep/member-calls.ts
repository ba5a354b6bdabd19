import type { Sampling } from '../../core/decode/choose.ts'
import type { TokenDistribution } from '../../core/distribution/token-distribution.ts'
import type { Granularity } from '../../core/lattice/alphabet.ts'
import { completeList, type UnlistedPolicy } from '../../core/lattice/completed-list.ts'
import { contextTokens, type LatticeContext } from '../../core/lattice/context.ts'
import type { PathContext } from '../../core/lattice/symbol-path.ts'
import { textTokens } from '../../core/lattice/vocabulary.ts'
import { TuttiError } from '../../errors.ts'
import type { ByteStep, BytesRequest, Context, MemberStep, ServerUsage } from '../../members/member.ts'
import { askList, toMemberContext, vocabularyOf } from '../ask-list.ts'
import { type Opening, openingOf } from '../opening.ts'
import { promptTooLong } from '../plan.ts'
import type { PlannedMember } from '../present.ts'
import type { Prompt } from '../prompt.ts'
import type { CallPurpose, LaneCall } from '../timeline/lane-call.ts'
import type { Ledger } from './ledger.ts'
import { ToldCalls, type ToldOptions } from './told-calls.ts'

export interface CallOptions extends ToldOptions {
  readonly unlisted: UnlistedPolicy
}

export interface StreamOptions {
  readonly maxTokens: number
  readonly signal: AbortSignal
  readonly walk?: Sampling | undefined
  readonly call: LaneCall | null
}

const none: Promise<readonly MemberStep[]> = Promise.resolve([])
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** The calls of one member in one request: entered in its ledger, told to the observer, failures with its name. */
export class MemberCalls {
  readonly planned: PlannedMember
  readonly ledger: Ledger
  readonly #options: CallOptions
  readonly #told: ToldCalls
  /** Tokens that the text follows. */
  #given = 0
  #tokenized = false

  constructor(planned: PlannedMember, ledger: Ledger, options: CallOptions) {
    this.planned = planned
    this.ledger = ledger
    this.#options = options
    this.#told = new ToldCalls(planned, ledger, options)
  }

  get signal(): AbortSignal {
    return this.#options.signal
  }

  /** Where the member's path starts, for a prompt that it must be asked about. */
  async opening(prompt: Prompt, granularity: Granularity): Promise<Opening> {
    const opening = await this.#told.answer(null, (signal) => openingOf(prompt, this.planned, granularity, signal))
    this.#given = opening.after?.length ?? 0
    if (opening.after !== undefined) {
      this.#checkPrompt(this.#given)
      this.ledger.promptTokens = this.#given
      // Nothing of the prompt is left to tokenize.
      this.#tokenized = opening.text.length === 0
    }
    return opening
  }

  /** The member's own tokens of a text: first of the prompt, which is counted. */
  async tokenize(text: Uint8Array): Promise<Int32Array> {
    const { seat, probe } = this.planned
    const tokens = await this.#told.answer(null, (signal) => seat.member.tokenize(decoder.decode(text), signal))
    const own = this.#given === 0 ? tokens : textTokens(tokens, vocabularyOf(probe))
    const total = this.#given + own.length
    this.#checkPrompt(total)
    // A text that is tokenized anew later on is not the prompt.
    if (!this.#tokenized) this.ledger.promptTokens = total
    this.#tokenized = true
    return tokens
  }

  /**
   * Gets the list of one context by a call of its own.
   *
   * @throws TuttiError `context_length_exceeded` for a context that the model has no room to go on from.
   */
  async fetch(context: PathContext, topK: number): Promise<void> {
    const { seat, probe } = this.planned
    if ('length' in context) this.#checkRoom(context)
    const { clock, unlisted } = this.#options
    const start = clock()
    const isNew = context.list === null
    const call = this.#told.begin(this.laneCall({ kind: 'call', contexts: 1 }))
    // Where no tokens are known, the server's count of the first context is the prompt's.
    const onUsage = ({ promptTokens }: ServerUsage) => {
      this.ledger.promptTokens ??= promptTokens
    }
    const asked = { probe, unlisted, topK, onUsage }
    this.ledger.listed += await this.#told.answer(call, (signal) => askList(seat.member, context, { ...asked, signal }))
    if (isNew) this.#enter(context, call)
    this.ledger.firstListMs ??= clock() - start
  }

  /** The contexts in groups that one call can ask for. */
  together(contexts: readonly LatticeContext[]): readonly (readonly LatticeContext[])[] {
    const several = this.planned.seat.member.query !== undefined && contexts.every((context) => this.takes(context))
    return several ? [contexts] : contexts.map((context) => [context])
  }

  /** Gets the lists of contexts that `together` has grouped. */
  async fetchAll(contexts: readonly LatticeContext[], topK: number): Promise<void> {
    const [first] = contexts
    const { seat, probe } = this.planned
    if (contexts.length === 1 && first !== undefined) return this.fetch(first, topK)
    for (const context of contexts) this.#checkRoom(context)
    const call = this.#told.begin(this.laneCall({ kind: 'call', contexts: contexts.length }))
    const sent = contexts.map((context) => toMemberContext(contextTokens(context), probe) as Context)
    const ask = (signal: AbortSignal) => seat.member.query?.(sent, { topK, signal }) ?? Promise.resolve([])
    const lists = await this.#told.answer(call, ask)
    for (const [index, context] of contexts.entries()) this.take(context, lists[index], call)
  }

  /** Whether lists along given tokens come in one call. */
  get scores(): boolean {
    const { seat, probe } = this.planned
    return seat.member.score !== undefined && probe.capabilities.scoring === 'listed'
  }

  /** Gets the lists of contexts of which each is one token longer than the one before, in one call; `tokens` follow each. */
  async score(contexts: readonly LatticeContext[], tokens: Int32Array): Promise<void> {
    const { seat, probe, topK } = this.planned
    const { clock } = this.#options
    const sent = toMemberContext(contextTokens(contexts[0] as LatticeContext), probe)
    if (sent === null) throw new TuttiError('internal', 'a score was to begin inside a character')
    const start = clock()
    const call = this.#told.begin(this.laneCall({ kind: 'call', contexts: contexts.length }))
    const steps = await this.#told.answer(call, (signal) => seat.member.score?.(sent, tokens, { topK, signal }) ?? none)
    this.ledger.firstListMs ??= clock() - start
    for (const [index, context] of contexts.entries()) this.take(context, steps[index]?.distribution, call)
  }

  /**
   * The member's own continuation of a context, with lists of the planned length.
   *
   * @throws TuttiError as `fetch`.
   */
  async *stream(
    context: LatticeContext,
    { maxTokens, signal, walk, call }: StreamOptions,
  ): AsyncGenerator<MemberStep, void> {
    this.#checkRoom(context)
    const { seat, probe, topK } = this.planned
    const sent = toMemberContext(contextTokens(context), probe)
    if (sent === null) throw new TuttiError('internal', 'a stream was to begin inside a character')
    const options = { maxTokens, topK, signal, ...(walk === undefined ? {} : { walk }) }
    yield* this.#told.events(seat.member.continue(sent, options), signal, call)
  }

  /**
   * The member's lists along given tokens, in one call, as steps of a stream that goes through them.
   *
   * @throws TuttiError as `fetch`.
   */
  async *along(
    context: LatticeContext,
    tokens: Int32Array,
    { signal, call }: Pick<StreamOptions, 'signal' | 'call'>,
  ): AsyncGenerator<MemberStep, void> {
    this.#checkRoom(context)
    const { seat, topK } = this.planned
    const before = { tokens: contextTokens(context) }
    // The last token is judged, not read.
    const fitting = tokens.subarray(0, this.room - context.length + 1)
    const scored = async function* () {
      yield* (await seat.member.score?.(before, fitting, { topK, signal })) ?? []
    }
    yield* this.#told.events(scored(), signal, call)
  }

  /** Whether the member can be asked to go on from the context: one that takes only text, not from inside a character. */
  takes(context: LatticeContext): boolean {
    const { probe } = this.planned
    return probe.capabilities.tokenContexts || toMemberContext(contextTokens(context), probe) !== null
  }

  /**
   * The member's own byte path, where its server runs the lattice.
   *
   * @param signal of the reader: a stream that it has ended did not fail.
   */
  async *bytes(
    request: BytesRequest,
    { signal, call }: Pick<StreamOptions, 'signal' | 'call'>,
  ): AsyncGenerator<ByteStep, void> {
    const { seat, topK } = this.planned
    if (seat.member.bytes === undefined) throw new TuttiError('internal', `${seat.member.id} runs no lattice`)
    for await (const step of this.#told.events(seat.member.bytes(request, { topK, signal }), signal, call)) {
      this.ledger.listed += step.conditional.probabilities.length
      yield step
    }
  }

  /** Gives a context the list that came for it by a call. */
  take(context: LatticeContext, distribution: TokenDistribution | undefined, call: LaneCall | null): void {
    if (distribution === undefined) throw this.named(new TuttiError('member_protocol', 'a list is missing'))
    if (context.list === null) this.#enter(context, call)
    context.list = completeList(distribution, vocabularyOf(this.planned.probe), this.#options.unlisted)
    this.ledger.listed += distribution.ids.length
  }

  /** The error with the member's name. */
  named(error: unknown): TuttiError {
    return this.#told.named(error)
  }

  /** @throws TuttiError `context_length_exceeded` for a prompt that the model has no room for. */
  #checkPrompt(tokens: number): void {
    const { seat, probe } = this.planned
    const limit = probe.capabilities.contextLength
    if (tokens > limit) throw promptTooLong(seat.member.id, String(tokens), limit)
  }

  /** Most tokens that the model can go on from. */
  get room(): number {
    return this.planned.probe.capabilities.contextLength
  }

  hasRoom({ length }: LatticeContext): boolean {
    return length <= this.room
  }

  #checkRoom(context: LatticeContext): void {
    if (this.hasRoom(context)) return
    const { member } = this.planned.seat
    throw new TuttiError(
      'context_length_exceeded',
      `the text has grown to ${context.length} tokens for member "${member.id}", which takes at most ${this.room}`,
      { member: member.id },
    )
  }

  /** A call for lists that is going to be made; null where nobody is shown any. */
  laneCall(purpose: CallPurpose): LaneCall | null {
    return this.ledger.lane?.call(purpose) ?? null
  }

  /** A context has got its list, by a call. */
  #enter(context: PathContext, call: LaneCall | null): void {
    this.ledger.fetched++
    if (call !== null) this.ledger.lane?.brought(context, call)
  }
}
