import { TuttiError } from '../../errors.ts'
import { type Alphabet, tokenAlphabet } from './alphabet.ts'
import { extendContext, type LatticeContext, listOf, rootContext } from './context.ts'
import type { Masses } from './masses.ts'
import { possibleTokens } from './possible.ts'
import { SpareMasses } from './spare-masses.ts'
import { type Conditional, listsFor, type PathCounters, type SymbolPath, tokensFor, type Walk } from './symbol-path.ts'
import { type Utf8State, utf8Next, utf8Start } from './utf8.ts'
import type { Vocabulary } from './vocabulary.ts'

/**
 * A member's way through a text in its own tokens, for ensembles whose members share one vocabulary: one context, no
 * pruning. Of tokens only those count that keep the text valid UTF-8; all end tokens are one symbol.
 */
export class TokenPath implements SymbolPath {
  readonly alphabet: Alphabet
  readonly counters: PathCounters = { revivals: 0, prunedMass: 0 }
  readonly #vocabulary: Vocabulary
  #context: LatticeContext
  #utf8: Utf8State
  #spare: SpareMasses
  #masses: Masses | null = null
  #conditional: Conditional | null = null

  /** @param utf8 where the text of `context` ends inside a character. */
  constructor(
    vocabulary: Vocabulary,
    context: LatticeContext = rootContext(new Int32Array(0)),
    utf8: Utf8State = utf8Start,
  ) {
    this.alphabet = tokenAlphabet(vocabulary)
    this.#spare = new SpareMasses(this.alphabet.size)
    this.#vocabulary = vocabulary
    this.#context = context
    this.#utf8 = utf8
  }

  *open(prompt: Uint8Array, after?: Int32Array): Walk {
    this.#context = rootContext(yield* tokensFor(prompt, this.#vocabulary, after))
    this.#conditional = null
  }

  accept(token: number): Walk {
    this.#context = extendContext(this.#context, token)
    for (const byte of this.alphabet.bytesOf(token)) this.#utf8 = utf8Next(this.#utf8, byte)
    this.#conditional = null
    return listsFor([])
  }

  *ready(): Walk {
    yield* listsFor([this.#context])
    if (!(this.conditional().mass > 0)) {
      throw new TuttiError('dead_lattice', 'no token of the vocabulary goes on with the text so far')
    }
  }

  conditional(): Conditional {
    this.#conditional ??= this.#sum()
    return this.#conditional
  }

  #sum(): Conditional {
    this.#masses ??= this.#spare.take()
    const masses = this.#masses
    const list = listOf(this.#context)
    const { idAt } = this.#vocabulary
    masses.clear()
    let next = 0
    for (let rank = 0; rank < idAt.length; rank++) {
      const id = idAt[rank] as number
      if (list.ranks[next] === rank) masses.listed[id] = list.probabilities[next++] as number
      else {
        masses.spread[id] = list.unlistedEach
        masses.hidden[id] = list.unlistedCap
      }
    }
    masses.listed[this.alphabet.end] = list.end
    masses.spread[this.alphabet.end] = list.unlistedEnds * list.unlistedEach
    masses.hidden[this.alphabet.end] = Math.min(list.unlisted, list.unlistedEnds * list.unlistedCap)
    return masses.result(possibleTokens(this.#vocabulary, this.#utf8), {
      remainder: 0,
      hiddenLimit: list.unlisted,
      excluded: list.excluded,
    })
  }

  sinceBorder(): number {
    return 0
  }

  atCharacter(): boolean {
    return this.#utf8.remaining === 0
  }

  trunk(): LatticeContext {
    return this.#context
  }

  contexts(): readonly LatticeContext[] {
    return [this.#context]
  }

  rest(): void {
    if (this.#masses !== null) this.#spare.give(this.#masses)
    this.#masses = null
    this.#conditional = null
  }

  refresh(): void {
    this.#conditional = null
  }

  clone(): TokenPath {
    const copy = new TokenPath(this.#vocabulary, this.#context, this.#utf8)
    copy.#spare = this.#spare
    return copy
  }
}
