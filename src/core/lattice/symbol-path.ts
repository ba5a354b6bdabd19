import { TuttiError } from '../../errors.ts'
import type { Sampling } from '../decode/choose.ts'
import type { Bounded } from '../pool/bounded.ts'
import type { Alphabet } from './alphabet.ts'
import type { LatticeContext } from './context.ts'
import type { Foresight } from './foresight.ts'
import type { TextContext } from './text-frontier.ts'
import { textTokens, type Vocabulary } from './vocabulary.ts'

/** What a path conditions on: tokens, or a text. */
export type PathContext = LatticeContext | TextContext

/** What a path must be given before it can go on: lists for contexts, or the member's own tokenization of a text. */
export type Need =
  | { readonly kind: 'lists'; readonly contexts: readonly LatticeContext[] }
  | { readonly kind: 'tokens'; readonly text: Uint8Array }

/** Suspended arithmetic: yields what it needs, is resumed with the tokens when it asked for tokens. */
export type Walk = Generator<Need, void, Int32Array | undefined>

/** The same of a path over texts, which needs nothing but lists. */
export interface TextNeed {
  readonly kind: 'texts'
  readonly contexts: readonly TextContext[]
}

/** What any path may ask for. */
export type PathWalk = Generator<Need | TextNeed, void, Int32Array | undefined>

/** A member's distribution of the next symbol. */
export interface Conditional extends Bounded {
  /** Mass of all valid continuations, in units of the path's own; 0 when none is left. */
  readonly mass: number
  /** Share of the mass on control tokens, left out of `probabilities`. */
  readonly excluded: number
}

export interface PathCounters {
  /** Pruned contexts woken, and starts anew from the canonical tokenization. */
  revivals: number
  /** Shares of live mass dropped by pruning, summed over symbols. */
  prunedMass: number
}

/** What a path will need if the text goes on in a foreseen way. */
export interface Foreseen {
  /** Symbols foreseen. */
  readonly length: number
  /** To be told of lists that come. */
  readonly foresight: Foresight
  /** Contexts without a list. */
  readonly needed: readonly LatticeContext[]
  /** The one of them at which the likeliest tokenization has its next border, if there is one. */
  readonly next: LatticeContext | null
}

/**
 * One member's way through a text, symbol by symbol. Pure: it does no I/O, but asks for what it needs by yielding, so that
 * the same lists always give the same text.
 */
export interface SymbolPath {
  readonly alphabet: Alphabet
  readonly counters: PathCounters
  /**
   * Starts at the end of `prompt` (valid UTF-8): of the member's own tokenization of it, or behind the tokens `after`, which
   * are taken as they are and are no part of the text.
   */
  open(prompt: Uint8Array, after?: Int32Array): PathWalk
  /** Moves over a chosen symbol that is not the end. */
  accept(symbol: number): PathWalk
  /** Asks for the lists that the next distribution needs. */
  ready(): PathWalk
  /** The member's distribution of the next symbol; after `ready`, and good until the path moves on or rests. */
  conditional(): Conditional
  /** Gives the arrays of the distribution to whichever copy needs some; it is computed anew when it is asked for. */
  rest(): void
  /** Bytes since the last token border of the likeliest tokenization of the text; where the path has arrived, and as it was then. */
  sinceBorder(): number
  /** Whether the text stands between two characters. */
  atCharacter(): boolean
  /** The context of the likeliest tokenization of the text so far, up to its last border; null when nothing is alive. */
  trunk(): LatticeContext | null
  /**
   * Contexts that will be needed if the text goes on as the likeliest tokenization alone has it, up to its next border;
   * after `ready`. Absent: no more is to be known before the text is there.
   *
   * @param sampling how symbols are chosen; `step` is that of the next.
   * @param given what the text goes on with, where that is known.
   */
  foresee?(sampling: Sampling, given?: Uint8Array): Foreseen
  /** The contexts that are alive. */
  contexts(): readonly PathContext[]
  /** Lists of contexts that are alive have been replaced by longer ones. */
  refresh(): void
  /** An independent copy at the same place; lists are shared. */
  clone(): SymbolPath
}

/** Asks for the lists that contexts still lack. */
export function* listsFor(contexts: readonly LatticeContext[]): Walk {
  const missing = contexts.filter(({ list }) => list === null)
  if (missing.length > 0) yield { kind: 'lists', contexts: missing }
}

/**
 * Asks for the member's own tokenization of a text; behind given tokens without the special tokens that begin a context.
 */
export function* tokensFor(
  text: Uint8Array,
  vocabulary: Vocabulary,
  after?: Int32Array,
): Generator<Need, Int32Array, Int32Array | undefined> {
  if (after !== undefined && text.length === 0) return after
  const tokens = yield { kind: 'tokens', text }
  if (tokens === undefined) throw new TuttiError('internal', 'a path asked for tokens and was resumed without')
  return after === undefined ? tokens : Int32Array.from([...after, ...textTokens(tokens, vocabulary)])
}

/** Asks for the lists that contexts of text still lack. */
export function* textsFor(contexts: readonly TextContext[]): PathWalk {
  const missing = contexts.filter(({ list }) => list === null)
  if (missing.length > 0) yield { kind: 'texts', contexts: missing }
}
