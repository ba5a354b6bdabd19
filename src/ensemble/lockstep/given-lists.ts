import type { Granularity } from '../../core/lattice/alphabet.ts'
import { contextTokens, extendContext, type LatticeContext } from '../../core/lattice/context.ts'
import type { Foreseen } from '../../core/lattice/symbol-path.ts'
import { textTokens } from '../../core/lattice/vocabulary.ts'
import { vocabularyOf } from '../ask-list.ts'
import { inTurn } from '../in-turn.ts'
import type { Opening } from '../opening.ts'
import type { ListSource } from './list-source.ts'
import type { MemberCalls } from './member-calls.ts'

export interface GivenOptions {
  readonly granularity: Granularity
  /** Contexts beside the member's own tokenization are foreseen; else they are asked for when the text is there. */
  readonly foresees: boolean
  readonly opening: Opening
  /** The symbols behind the opening. */
  readonly symbols: Int32Array
}

/** The member's own tokenization of the text, up to where its lists have come. */
interface OwnWay {
  /** The first context of it without a list. */
  head: LatticeContext
  /** The tokens after that. */
  rest: Int32Array
}

/** Calls of one member that run at a time: more of them would only queue up before it. */
const callsAtOnce = 16
/** Most list entries, and most contexts, of one call: bounds what is in memory, and what the text may no longer need. */
const mostEntries = 2 ** 19
const mostContexts = 128

/**
 * Lists along a text that is known beforehand: those of the member's own tokenization many to a call, where its server scores
 * given tokens or takes several contexts, and those beside it round by round, as the lists before them show which are
 * needed.
 */
export class GivenLists implements ListSource {
  readonly runsAhead: boolean
  readonly #calls: MemberCalls
  readonly #options: GivenOptions
  readonly #most: number
  #way: Promise<OwnWay | null> | null = null
  #gathering: Promise<void> = Promise.resolve()
  /** Symbols foreseen so far. */
  #foreseen = 0

  constructor(calls: MemberCalls, options: GivenOptions) {
    this.runsAhead = options.foresees
    this.#calls = calls
    this.#options = options
    this.#most = Math.max(1, Math.min(mostContexts, Math.floor(mostEntries / calls.planned.topK)))
  }

  async fetch(contexts: readonly LatticeContext[]): Promise<boolean> {
    await this.#gathering
    this.#way ??= this.#begin(contexts[0])
    const way = await this.#way
    if (way !== null && contexts.includes(way.head)) await this.#goOn(way)
    await this.#fetchAll(contexts.filter(({ list }) => list === null))
    return true
  }

  foresee(foreseen: Foreseen): void {
    this.#foreseen += foreseen.length
    const left = this.#options.symbols.length - this.#foreseen
    this.#gathering = this.#gathering.then(() => this.#gather(foreseen, left))
    // Whoever needs a list hears of it.
    this.#gathering.catch(() => {})
  }

  follow(): void {}

  /** Where the member's own tokenization of the whole text begins; null where the path has started elsewhere. */
  async #begin(root: LatticeContext | undefined): Promise<OwnWay | null> {
    if (root === undefined) return null
    const front = contextTokens(root)
    const tokens = await this.#ownTokens(front)
    const begins = front.length < tokens.length && front.every((token, index) => token === tokens[index])
    return begins ? { head: root, rest: tokens.subarray(front.length) } : null
  }

  async #ownTokens(front: Int32Array): Promise<Int32Array> {
    const { granularity, opening, symbols } = this.#options
    if (granularity === 'token') return Int32Array.from([...front, ...symbols])
    const tokens = await this.#calls.tokenize(Uint8Array.from([...opening.text, ...symbols]))
    const vocabulary = vocabularyOf(this.#calls.planned.probe)
    // What a path begins behind is not always what its tokenizer puts before a text.
    const before = opening.after ?? front.subarray(0, front.length - textTokens(front, vocabulary).length)
    return Int32Array.from([...before, ...textTokens(tokens, vocabulary)])
  }

  /** @param left bytes of the text behind what is foreseen. */
  async #gather({ needed, foresight }: Foreseen, left: number): Promise<void> {
    const way = await this.#way
    while (way && this.#bytesLeft(way) > left && this.#calls.hasRoom(way.head)) await this.#goOn(way)
    for (let next: readonly LatticeContext[] = needed; next.length > 0; ) {
      // What the model has no room for is asked for when the text is there.
      const asked = next.filter((context) => this.#calls.hasRoom(context))
      await this.#fetchAll(asked.filter(({ list }) => list === null))
      next = asked.flatMap((context) => foresight.listed(context))
    }
  }

  #bytesLeft({ rest }: OwnWay): number {
    const { bytes } = vocabularyOf(this.#calls.planned.probe)
    return rest.reduce((sum, token) => sum + (bytes[token] as Uint8Array).length, 0)
  }

  /** Gets the next lists of the member's own tokenization. */
  async #goOn(way: OwnWay): Promise<void> {
    const room = Math.max(1, this.#calls.room - way.head.length + 1)
    const tokens = way.rest.subarray(0, Math.min(this.#most, room))
    const contexts = along(way.head, tokens)
    if (this.#calls.scores && this.#calls.takes(way.head)) await this.#calls.score(contexts, tokens)
    else await this.#fetchAll(contexts)
    way.head = extendContext(contexts.at(-1) as LatticeContext, tokens.at(-1) as number)
    way.rest = way.rest.subarray(tokens.length)
  }

  async #fetchAll(contexts: readonly LatticeContext[]): Promise<void> {
    const groups = this.#calls.together(contexts).flatMap((group) => pieces(group, this.#most))
    await inTurn(groups, callsAtOnce, (group) => this.#calls.fetchAll(group, this.#calls.planned.topK))
  }
}

/** The contexts before each of the tokens. */
function along(head: LatticeContext, tokens: Int32Array): LatticeContext[] {
  const contexts = [head]
  for (const token of tokens.subarray(0, -1)) contexts.push(extendContext(contexts.at(-1) as LatticeContext, token))
  return contexts
}

function pieces<T>(all: readonly T[], size: number): (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) => all.slice(index * size, (index + 1) * size))
}
