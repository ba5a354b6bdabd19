import { TuttiError } from '../../errors.ts'
import type { Sampling } from '../decode/choose.ts'
import { byteAlphabet } from './alphabet.ts'
import { conditionalOf } from './conditional.ts'
import { adds, type LatticeContext, rootContext, type TokenChain } from './context.ts'
import { foreseenText } from './foreseen-text.ts'
import { Foresight } from './foresight.ts'
import { advanceFrontier, type Hypothesis, likeliest, scaled } from './frontier.ts'
import { begunRoot, healedRoot, type Root } from './healing.ts'
import type { Masses } from './masses.ts'
import { Remainder } from './remainder.ts'
import { type PrunedContext, prunedSince } from './revival.ts'
import { SpareMasses } from './spare-masses.ts'
import {
  type Conditional,
  type Foreseen,
  listsFor,
  type PathCounters,
  type SymbolPath,
  tokensFor,
  type Walk,
} from './symbol-path.ts'
import { symbolCount } from './symbols.ts'
import { GrowingText } from './text.ts'
import { type Utf8State, utf8Next, utf8Start } from './utf8.ts'
import type { Vocabulary } from './vocabulary.ts'

/** A chosen byte with less than this share of a member's mass makes the lattice look at what it pruned. */
const revivalBelow = 1e-3
/** How far back pruned contexts are kept, in bytes, and how many may be woken for one byte. */
const revivalReach = 16
const revivalLimit = 2

/** Sum of weights below which they are rescaled. */
const smallestSum = 1e-60

interface LatticeOptions {
  /** Share of live mass below which a new context is pruned. */
  readonly tau: number
  /** What stands before a prompt that healing leaves no token of. Absent or empty: the prompt's first token is not healed. */
  readonly beginning?: Int32Array
}

const nothing = new Int32Array(0)

/**
 * One member's byte model: the τ-pruned lattice of its completed lists (docs: architecture). Pure: it does no I/O, but
 * asks for lists by yielding, so that the same lists always give the same text.
 */
export class ByteLattice implements SymbolPath {
  readonly alphabet = byteAlphabet
  readonly vocabulary: Vocabulary
  readonly tau: number
  readonly #beginning: Int32Array
  #revivals = 0
  #hypotheses: readonly Hypothesis[] = []
  #pruned: PrunedContext[] = []
  /** Natural logarithm of the unit in which the hypotheses' weights are given. */
  #logUnit = 0
  #remainder = new Remainder()
  #utf8: Utf8State = utf8Start
  #text = new GrowingText()
  /** Given tokens that the text follows. */
  #after: Int32Array | undefined
  /** Kept from the arrival: a lattice that starts anew to get ready must not cut the output elsewhere than where it was read before. */
  #sinceBorder = 0
  #spare = new SpareMasses(symbolCount)
  #masses: Masses | null = null
  #conditional: Conditional | null = null

  constructor(vocabulary: Vocabulary, { tau, beginning = nothing }: LatticeOptions) {
    this.vocabulary = vocabulary
    this.tau = tau
    this.#beginning = beginning
  }

  get counters(): PathCounters {
    return { revivals: this.#revivals, prunedMass: this.#remainder.total }
  }

  /** An independent copy at the same place; lists are shared. */
  clone(): ByteLattice {
    const copy = new ByteLattice(this.vocabulary, { tau: this.tau, beginning: this.#beginning })
    copy.#hypotheses = this.#hypotheses
    copy.#pruned = [...this.#pruned]
    copy.#logUnit = this.#logUnit
    copy.#remainder = this.#remainder.clone()
    copy.#revivals = this.#revivals
    copy.#utf8 = this.#utf8
    copy.#text = this.#text.clone()
    copy.#after = this.#after
    copy.#sinceBorder = this.#sinceBorder
    copy.#spare = this.#spare
    return copy
  }

  /**
   * A copy that shares the lists so far and nothing else. What either asks for from here on the other doesn't have: kept for
   * long, a copy holds no more than its own place, and both ask for the same.
   */
  detached(): ByteLattice {
    const copy = this.clone()
    const own = new Map(this.contexts().map((context) => [context, { ...context, longer: null }]))
    copy.#hypotheses = this.#hypotheses.map((hypothesis) => ({
      ...hypothesis,
      context: own.get(hypothesis.context) ?? hypothesis.context,
    }))
    copy.#pruned = this.#pruned.map((pruned) => ({ ...pruned, context: { ...pruned.context, longer: null } }))
    return copy
  }

  /** Starts at the end of `prompt` (valid UTF-8), behind the tokens `after` if there are any. */
  *open(prompt: Uint8Array, after?: Int32Array): Walk {
    this.#text.append(prompt)
    const tokens = yield* tokensFor(prompt, this.vocabulary, after)
    const healed = healedRoot(tokens, prompt, this.vocabulary, after?.length)
    const root = begunRoot(healed, this.#beginning, this.vocabulary)
    // What it has begun behind it stays behind.
    this.#after = root.tokens === this.#beginning ? this.#beginning : after
    yield* this.#restart(root, this.tau)
    this.#arrive()
  }

  /** Moves over a chosen byte. Asks for nothing unless the byte was nearly impossible for the member. */
  *accept(byte: number): Walk {
    if (this.#pruned.length > 0 && this.#shareOf(byte) < revivalBelow) yield* this.#revive(byte)
    this.#advance(byte)
    this.#text.push(byte)
    this.#utf8 = utf8Next(this.#utf8, byte)
    if (this.#hypotheses.length === 0) yield* this.#reanchor()
    this.#arrive()
  }

  /**
   * Asks for the lists that the next distribution needs. A lattice whose hypotheses all stand inside tokens that go on
   * with broken UTF-8 starts anew: the contexts that could go on were pruned.
   */
  *ready(): Walk {
    if (this.#hypotheses.some(lacksList)) yield* listsFor(this.#hypotheses.map(contextOf))
    if (!(this.conditional().mass > 0)) {
      yield* this.#reanchor()
      yield* listsFor(this.#hypotheses.map(contextOf))
    }
    const { mass } = this.conditional()
    if (!(mass > 0)) throw new TuttiError('dead_lattice', 'no token of the vocabulary goes on with the text so far')
    this.#remainder.settle(mass)
  }

  /** The member's distribution of the next symbol; after `ready`, and good until the lattice moves on. */
  conditional(): Conditional {
    if (this.#conditional !== null) return this.#conditional
    this.#masses ??= this.#spare.take()
    const place = { vocabulary: this.vocabulary, utf8: this.#utf8, remainder: this.#remainder.share }
    this.#conditional = conditionalOf(this.#hypotheses, place, this.#masses)
    return this.#conditional
  }

  rest(): void {
    if (this.#masses !== null) this.#spare.give(this.#masses)
    this.#masses = null
    this.#conditional = null
  }

  refresh(): void {
    this.#conditional = null
  }

  sinceBorder(): number {
    return this.#sinceBorder
  }

  /**
   * Contexts without a list that will be needed if the text goes on as the likeliest tokenization alone has it, up to its next
   * border; after `ready`.
   *
   * @param sampling how bytes are chosen; `step` is that of the next.
   * @param given the bytes that the text goes on with, where they are known.
   */
  foresee(sampling: Sampling, given?: Uint8Array): Foreseen {
    const trunk = likeliest(this.#hypotheses, this.vocabulary)
    const place = { vocabulary: this.vocabulary, utf8: this.#utf8 }
    const text = given ?? (trunk === null ? new Uint8Array(0) : foreseenText(trunk, place, sampling))
    const foresight = new Foresight(this.vocabulary, this.tau, this.#hypotheses)
    const needed = foresight.extend(text)
    return { length: text.length, foresight, needed, next: trunk === null ? null : foresight.reached(trunk.context) }
  }

  trunk(): LatticeContext | null {
    return likeliest(this.#hypotheses, this.vocabulary)?.context ?? null
  }

  /** Whether the text stands between two characters. */
  atCharacter(): boolean {
    return this.#utf8.remaining === 0
  }

  /** The contexts that are alive. */
  contexts(): LatticeContext[] {
    return this.#hypotheses.map(contextOf)
  }

  /** Every hypothesis over one byte. */
  #advance(byte: number): void {
    const advance = advanceFrontier(this.#hypotheses, this.vocabulary, byte, this.tau)
    const { hypotheses, pruned, kept, dropped, prunedShare } = advance
    const position = this.#text.length + 1
    this.#conditional = null
    const forgotten = position - revivalReach
    if (this.#pruned.length > 0 && (this.#pruned[0] as PrunedContext).position <= forgotten) {
      this.#pruned = this.#pruned.filter((context) => context.position > forgotten)
    }
    for (const { context, weight } of pruned) {
      this.#pruned.push({ context, position, logWeight: Math.log(weight) + this.#logUnit })
    }
    const rescaled = kept > 0 && kept < smallestSum
    this.#remainder.advance(rescaled ? dropped / kept : dropped, prunedShare)
    // Not even the completed lists leave this text any mass (underflow, or no token goes on): nothing is alive.
    this.#hypotheses = kept > 0 ? hypotheses : []
    // Only proportions matter, so weights are brought back to a sum of 1 no more often than rounding demands.
    if (rescaled) {
      this.#hypotheses = scaled(hypotheses, 1 / kept)
      this.#logUnit += Math.log(kept)
    }
  }

  /**
   * Wakes contexts pruned in the last bytes, heaviest first, while the member holds `byte` for nearly impossible. A
   * context lighter than the byte's own mass could not change that, and stays asleep.
   */
  *#revive(byte: number): Walk {
    const candidates = prunedSince(this.#pruned, this.#text.length - revivalReach)
    for (const candidate of candidates.slice(0, revivalLimit)) {
      const share = this.#shareOf(byte)
      const weight = Math.exp(candidate.logWeight - this.#logUnit)
      if (share >= revivalBelow || weight < share * this.conditional().mass) return
      this.#pruned.splice(this.#pruned.indexOf(candidate), 1)
      yield* this.#wake(candidate, weight)
    }
  }

  /** Brings a pruned context, and the contexts it has led to since, to the present place. */
  *#wake({ context, position }: PrunedContext, weight: number): Walk {
    let woken: readonly Hypothesis[] = [{ context, node: 0, weight }]
    for (const byte of this.#text.since(position)) {
      yield* listsFor(woken.map(contextOf))
      woken = advanceFrontier(woken, this.vocabulary, byte, this.tau).hypotheses
    }
    yield* listsFor(woken.map(contextOf))
    this.#revivals++
    this.#hypotheses = [...this.#hypotheses, ...woken]
    this.#conditional = null
  }

  #arrive(): void {
    const { trie } = this.vocabulary
    this.#sinceBorder = trie.depth[likeliest(this.#hypotheses, this.vocabulary)?.node ?? 0] as number
  }

  #shareOf(byte: number): number {
    return this.#hypotheses.length === 0 ? 0 : (this.conditional().probabilities[byte] as number)
  }

  /**
   * Starts anew from the canonical tokenization of the text so far, which has all the weight. The bytes of a character
   * that is not yet whole are gone through without pruning, so that whatever can finish the character is alive.
   */
  *#reanchor(): Walk {
    this.#revivals++
    const whole = this.#text.wholeCharacters()
    const tokens = yield* tokensFor(whole, this.vocabulary, this.#after)
    yield* this.#restart({ tokens, rest: this.#text.since(whole.length), own: new Int32Array(0) }, 0)
  }

  /**
   * Makes the root the only hypothesis and goes through the bytes behind it. The contexts of the member's own tokenization are
   * spared: a truncated list may not hold the next token of the prompt, which is no reason to doubt the prompt.
   */
  *#restart({ tokens, rest, own }: Root, tau: number): Walk {
    const root = rootContext(tokens)
    this.#hypotheses = [{ context: root, node: 0, weight: 1 }]
    this.#pruned = []
    this.#remainder.clear()
    this.#logUnit = 0
    this.#conditional = null
    let after: TokenChain = root.chain
    let next = 0
    for (const byte of rest) {
      yield* listsFor(this.#hypotheses.map(contextOf))
      const token = own[next]
      const spared = token === undefined ? undefined : { after, token }
      const { hypotheses, kept, dropped, prunedShare } = advanceFrontier(
        this.#hypotheses,
        this.vocabulary,
        byte,
        tau,
        spared,
      )
      if (!(kept > 0)) {
        throw new TuttiError('dead_lattice', `no token of the vocabulary goes on with the byte ${byte}`)
      }
      this.#hypotheses = hypotheses
      this.#remainder.advance(dropped, prunedShare)
      const ended = hypotheses.find(({ context }) => token !== undefined && adds(context, token, after))
      if (ended !== undefined) {
        after = ended.context.chain
        next++
      }
    }
  }
}

function contextOf({ context }: Hypothesis): LatticeContext {
  return context
}

function lacksList({ context }: Hypothesis): boolean {
  return context.list === null
}
