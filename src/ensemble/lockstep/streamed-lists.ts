import type { Sampling } from '../../core/decode/choose.ts'
import type { Granularity } from '../../core/lattice/alphabet.ts'
import type { LatticeContext } from '../../core/lattice/context.ts'
import { Foresight } from '../../core/lattice/foresight.ts'
import type { Foreseen } from '../../core/lattice/symbol-path.ts'
import { vocabularyOf } from '../ask-list.ts'
import type { Drafts } from './drafts.ts'
import type { ListSource } from './list-source.ts'
import { ListsUnderWay, left } from './lists-under-way.ts'
import type { MemberCalls } from './member-calls.ts'
import { MemberStream, mostUnread, type OpenStream } from './member-stream.ts'
import { StreamLength } from './stream-length.ts'

export interface StreamedOptions {
  readonly granularity: Granularity
  readonly tau: number
  /** `step` is that of the first symbol. */
  readonly sampling: Sampling
  /** Most lists that may be fetched in vain; null for no limit. */
  readonly budget: number | null
  /** By token: what the ensemble's members have streamed ahead. */
  readonly drafts: Drafts | null
}

/** Least draft whose lists are worth a call of their own: a stream brings the first as soon. */
const leastDraft = 2

/** List entries that one stream may leave in memory unread. */
const mostEntries = 2 ** 18

/**
 * Lists from the member's own continuation, which runs ahead of the text in one stream: a list is good for as long as
 * the text keeps to the stream's path. Where it has left the path for good the stream is opened anew. Contexts beside
 * the path, which the lattice needs too, are asked for as soon as the lists before them have come.
 */
export class StreamedLists implements ListSource {
  readonly runsAhead = true
  readonly #calls: MemberCalls
  readonly #options: StreamedOptions
  readonly #length: StreamLength
  readonly #underWay: ListsUnderWay
  #stream: MemberStream | null = null
  /** The stream is one of scores along another's draft. */
  #drafted = false
  /** Where a stream has ended by its length, to be opened again when the path comes near. */
  #dormant: LatticeContext | null = null
  #foresight: Foresight | null = null
  /** Tokens of the first context streamed from: where the ensemble's first step stands. */
  #origin: number | null = null
  /** Tokens up to the last of the contexts streamed from that the path has come to. */
  #reached = 0

  constructor(calls: MemberCalls, options: StreamedOptions) {
    this.#calls = calls
    this.#options = options
    this.#length = new StreamLength(mostEntries / calls.planned.topK)
    this.#underWay = new ListsUnderWay(calls)
  }

  async fetch(
    contexts: readonly LatticeContext[],
    trunk: LatticeContext | null,
    wanted: () => boolean,
  ): Promise<boolean> {
    const called = contexts.some((context) => !this.#underWay.has(context))
    if (trunk !== null && contexts.includes(trunk) && this.#opens(trunk)) this.#open(trunk, trunk === this.#dormant)
    this.#stream?.want(contexts)
    await Promise.all(contexts.map((context) => this.#listOf(context, wanted)))
    return called
  }

  foresee({ needed, next, foresight }: Foreseen): void {
    const missing = needed.filter((context) => context.list === null && !this.#underWay.has(context))
    if (next !== null && missing.includes(next) && this.#opens(next)) this.#open(next, next === this.#dormant)
    this.#foresee(missing, foresight)
  }

  follow(trunk: LatticeContext | null): void {
    const stream = this.#stream
    if (stream === null || trunk === null) return
    stream.follow(trunk)
    this.#reached = trunk.length
    this.#goOn()
  }

  onward(trunk: LatticeContext | null): number | null {
    return this.#drafted && trunk !== null ? (this.#stream?.after(trunk) ?? null) : null
  }

  /** Ends the stream. */
  close(): void {
    this.#stream?.abort()
  }

  /** Steps that a stream may run. */
  get #affordable(): number {
    const { budget } = this.#options
    const { fetched, used } = this.#calls.ledger
    return budget === null ? this.#length.steps : Math.min(this.#length.steps, budget - (fetched - used))
  }

  #opens(trunk: LatticeContext): boolean {
    return !this.#underWay.has(trunk) && this.#affordable > 0 && this.#calls.takes(trunk)
  }

  /** Waits for a list that is on its way, or asks for it. */
  async #listOf(context: LatticeContext, wanted: () => boolean): Promise<void> {
    while (context.list === null) {
      try {
        await this.#coming(context)
      } catch (error) {
        if (error !== left || !wanted()) throw error
      }
    }
  }

  /** As `ListsUnderWay` says; where a stream has ended, none is opened whose first list is asked for alone. */
  #coming(context: LatticeContext): Promise<void> {
    if (context === this.#dormant && !this.#underWay.has(context)) this.#dormant = null
    return this.#underWay.coming(context)
  }

  /** @param onwards the stream goes on where one before it has ended. */
  #open(context: LatticeContext, onwards: boolean): void {
    if (onwards) this.#length.finished()
    else {
      this.#leave()
      this.#reached = context.length - 1
    }
    this.#dormant = null
    if (!this.#underWay.has(context)) this.#underWay.expect(context)
    const { granularity, tau, sampling, drafts } = this.#options
    const vocabulary = vocabularyOf(this.#calls.planned.probe)
    this.#origin ??= context.length
    const place = context.length - this.#origin
    const draft = this.#draftAt(context, place)
    if (!onwards || this.#foresight === null) {
      // What a sampled text comes to the greedy stream does not foresee.
      const foresees = granularity === 'byte' && sampling.temperature === 0
      this.#foresight = foresees ? new Foresight(vocabulary, tau, [{ context, node: 0, weight: 1 }]) : null
    }
    const stream = new MemberStream(
      this.#calls,
      context,
      draft === null ? this.#ownPath(context, place) : this.#draftedPath(context, draft),
      {
        listed: (listed, token) => {
          this.#underWay.settle(listed)
          if (stream !== this.#stream || stream.head === null) return
          if (!this.#underWay.has(stream.head) && stream.head.list === null) this.#underWay.expect(stream.head)
          if (this.#foresight === null) return
          this.#foresee(this.#foresight.listed(listed), this.#foresight)
          this.#foresee(this.#foresight.extend(vocabulary.bytes[token] as Uint8Array), this.#foresight)
        },
        ended: (head, error) => {
          if (stream === this.#stream) this.#ended(stream, head, error)
        },
      },
    )
    this.#stream = stream
    this.#drafted = draft !== null
    // Another's tokens are no draft of this member's.
    if (draft === null) drafts?.put(this, { from: place, tokens: stream.tokens })
    else drafts?.take(this)
  }

  /** The member's own continuation; by token it walks by the ensemble's noise where the server can. */
  #ownPath(context: LatticeContext, place: number): OpenStream {
    const { granularity, sampling } = this.#options
    const walk = granularity === 'token' ? { ...sampling, step: sampling.step + place } : undefined
    const maxTokens = this.#affordable
    const call = this.#calls.laneCall({ kind: 'stream', how: 'list' })
    return { call, open: (signal) => this.#calls.stream(context, { maxTokens, signal, walk, call }) }
  }

  /** The member's lists along another's tokens. */
  #draftedPath(context: LatticeContext, draft: Int32Array): OpenStream {
    const call = this.#calls.laneCall({ kind: 'call', contexts: draft.length })
    return { call, open: (signal) => this.#calls.along(context, draft, { signal, call }) }
  }

  /** How a member goes on from there whose stream the text has not left; null where there is none, or nothing to win by it. */
  #draftAt({ chain }: LatticeContext, place: number): Int32Array | null {
    const { drafts } = this.#options
    if (drafts === null || chain.parent === null || !this.#calls.scores) return null
    const draft = drafts.after(this, place, chain.token).subarray(0, this.#affordable)
    return draft.length < leastDraft ? null : draft
  }

  /** The text has left the stream's path. */
  #leave(): void {
    const stream = this.#stream
    this.#stream = null
    this.#options.drafts?.take(this)
    if (stream === null) return
    stream.abort()
    this.#calls.ledger.lane?.reopen()
    this.#length.left(stream.followed)
    if (stream.head !== null) this.#underWay.fail(stream.head, left)
  }

  #ended(stream: MemberStream, head: LatticeContext, error: unknown): void {
    // One that broke off is opened anew where it stood. One that brought nothing has failed: with no error to tell, whoever needs
    // the list asks for it alone, as another stream would bring nothing either.
    if (stream.served === 0) {
      this.#stream = null
      if (error === null) this.#length.left(0)
      this.#underWay.fail(head, error ?? left)
      return
    }
    this.#dormant = head
    this.#goOn()
    // Whoever has come to the end by a way of its own asks for the list itself.
    if (this.#dormant === head) this.#underWay.fail(head, left)
  }

  /**
   * Opens the next stream where one has ended, when so few lists are unread that it should be on its way: of all the streams up to
   * there, for those of a server that ends each of them early would go on without end before the text.
   */
  #goOn(): void {
    const head = this.#dormant
    if (head === null) return
    const unread = head.length - 1 - this.#reached
    const near = unread <= Math.min(this.#length.steps / 2, mostUnread)
    if (near && this.#affordable > 0) this.#open(head, true)
  }

  /** Asks for what will be needed beside the path, and then for what that leads to. */
  #foresee(contexts: readonly LatticeContext[], foresight: Foresight): void {
    for (const context of contexts) {
      if (context.list !== null || context === this.#dormant) continue
      const go = () => this.#foresee(foresight.listed(context), foresight)
      this.#coming(context).then(go, () => {})
    }
  }
}
