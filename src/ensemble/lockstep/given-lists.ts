import type { Granularity } from '../../core/lattice/alphabet.ts'
import { contextTokens, extendContext, type LatticeContext } from '../../core/lattice/context.ts'
import type { Foreseen } from '../../core/lattice/symbol-path.ts'
import { textTokens } from '../../core/lattice/vocabulary.ts'
import { vocabularyOf } from '../ask-list.ts'
import type { Opening } from '../opening.ts'
import type { GivenText } from './given-text.ts'
import type { ListSource } from './list-source.ts'
import type { MemberCalls } from './member-calls.ts'

export interface GivenOptions {
  readonly granularity: Granularity
  /** Contexts beside the member's own tokenization are foreseen; else they are asked for when the text is there. */
  readonly foresees: boolean
  readonly opening: Opening
  readonly text: GivenText
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
/** Most list entries, and most contexts, of one call: bounds the bytes of an answer, whatever the vocabulary. */
const mostEntries = 2 ** 22
const mostContexts = 128

/**
 * Lists along a text that is known beforehand, for all of a stretch at once: those of the member's own tokenization by one
 * call where its server scores given tokens, then those beside it round by round, as the lists before them show which are
 * needed.
 */
export class GivenLists implements ListSource {
  readonly runsAhead: boolean
  readonly #calls: MemberCalls
  readonly #options: GivenOptions
  #way: Promise<OwnWay | null> | null = null
  #gathering: Promise<void> = Promise.resolve()

  constructor(calls: MemberCalls, options: GivenOptions) {
    this.runsAhead = options.foresees
    this.#calls = calls
    this.#options = options
  }

  async fetch(contexts: readonly LatticeContext[]): Promise<boolean> {
    await this.#gathering
    this.#way ??= this.#begin(contexts[0])
    const way = await this.#way
    if (way !== null && contexts.includes(way.head)) await this.#goAlong(way, this.#options.text.stretch)
    const missing = contexts.filter(({ list }) => list === null)
    await this.#fetchAll(missing)
    return true
  }

  foresee(foreseen: Foreseen): void {
    this.#gathering = this.#gathering.then(() => this.#gather(foreseen))
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
    const { granularity, opening, text } = this.#options
    if (granularity === 'token') return Int32Array.from([...front, ...text.symbols])
    const whole = new Uint8Array([...opening.text, ...text.symbols])
    const tokens = await this.#calls.tokenize(whole)
    const { after } = opening
    if (after === undefined) return tokens
    return Int32Array.from([...after, ...textTokens(tokens, vocabularyOf(this.#calls.planned.probe))])
  }

  async #gather({ needed, foresight, length }: Foreseen): Promise<void> {
    const way = await this.#way
    if (way) await this.#goAlong(way, length)
    for (let next: readonly LatticeContext[] = needed; next.length > 0; ) {
      // What the model has no room for is asked for when the text is there.
      const asked = next.filter((context) => this.#calls.hasRoom(context))
      await this.#fetchAll(asked.filter(({ list }) => list === null))
      next = asked.flatMap((context) => foresight.listed(context))
    }
  }

  /** Gets the lists of the member's own tokenization for so many symbols more, or some more than that. */
  async #goAlong(way: OwnWay, symbols: number): Promise<void> {
    const { granularity } = this.#options
    const { bytes } = vocabularyOf(this.#calls.planned.probe)
    const { topK } = this.#calls.planned
    let covered = 0
    let count = 0
    while (count < way.rest.length && covered < symbols) {
      covered += granularity === 'token' ? 1 : (bytes[way.rest[count] as number] as Uint8Array).length
      count++
    }
    const most = Math.max(1, Math.min(mostContexts, Math.floor(mostEntries / topK)))
    for (let done = 0; done < count && this.#calls.hasRoom(way.head); ) {
      const room = this.#calls.room - way.head.length + 1
      const tokens = way.rest.subarray(0, Math.min(count - done, most, room))
      const contexts = along(way.head, tokens)
      if (this.#calls.scores) await this.#calls.score(contexts, tokens)
      else await this.#fetchAll(contexts)
      way.head = extendContext(contexts.at(-1) as LatticeContext, tokens.at(-1) as number)
      way.rest = way.rest.subarray(tokens.length)
      done += tokens.length
    }
  }

  async #fetchAll(contexts: readonly LatticeContext[]): Promise<void> {
    const { topK } = this.#calls.planned
    const most = Math.max(1, Math.min(mostContexts, Math.floor(mostEntries / topK)))
    const groups = this.#calls.together(contexts).flatMap((group) => pieces(group, most))
    const worker = async () => {
      for (let group = groups.shift(); group !== undefined; group = groups.shift()) {
        await this.#calls.fetchAll(group, topK)
      }
    }
    await Promise.all(Array.from({ length: Math.min(callsAtOnce, groups.length) }, worker))
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
