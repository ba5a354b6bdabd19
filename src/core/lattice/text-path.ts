import { byteAlphabet } from './alphabet.ts'
import type { Masses } from './masses.ts'
import { SpareMasses } from './spare-masses.ts'
import { type Conditional, type PathCounters, type PathWalk, type SymbolPath, textsFor } from './symbol-path.ts'
import { endSymbol, symbolCount } from './symbols.ts'
import { GrowingText } from './text.ts'
import {
  advanceTexts,
  atEndOf,
  endOf,
  type TextContext,
  type TextHypothesis,
  textListOf,
  textMass,
} from './text-frontier.ts'
import { unknownTexts } from './text-list.ts'
import { type Utf8State, utf8Allows, utf8Next, utf8Start } from './utf8.ts'

/** Sum of weights below which they are rescaled. */
const smallestSum = 1e-60

/**
 * The byte model of a member whose vocabulary is unknown and whose contexts are texts: a lattice over lists of byte strings.
 * Each context is the text cut where a token may have ended, so there is one context an offset. Its distributions have
 * the member's boundary bias (Phan et al. 2024): a text that is tokenized anew may end in a token the model would not have
 * chosen. Unlisted mass lies evenly on the single bytes, and the end, that keep the text valid UTF-8.
 */
export class TextPath implements SymbolPath {
  readonly alphabet = byteAlphabet
  readonly counters: PathCounters = { revivals: 0, prunedMass: 0 }
  readonly #tau: number
  #hypotheses: readonly TextHypothesis[] = []
  #utf8: Utf8State = utf8Start
  #text = new GrowingText()
  #spare = new SpareMasses(symbolCount)
  #masses: Masses | null = null
  #conditional: Conditional | null = null

  constructor(options: { readonly tau: number }) {
    this.#tau = options.tau
  }

  *open(prompt: Uint8Array): PathWalk {
    this.#text.append(prompt)
    this.#hypotheses = [atEndOf({ text: prompt, list: null }, 1)]
    yield* textsFor(this.contexts())
  }

  *accept(byte: number): PathWalk {
    const before = this.#hypotheses
    const { within, withinMass, ended } = advanceTexts(before, byte, possibleAt(this.#utf8).choices)
    this.#text.push(byte)
    this.#utf8 = utf8Next(this.#utf8, byte)
    this.#conditional = null
    const mass = withinMass + ended
    const light = ended < this.#tau * mass && within.length > 0
    if (light) this.counters.prunedMass += ended / mass
    this.#hypotheses = light || ended === 0 ? within : [...within, atEndOf(this.#contextHere(), ended)]
    const kept = light ? withinMass : mass
    if (!(kept > 0)) return this.#reanchor()
    if (kept < smallestSum) {
      this.#hypotheses = this.#hypotheses.map((one) => ({ ...one, weight: one.weight / kept }))
    }
  }

  *ready(): PathWalk {
    yield* textsFor(this.contexts())
    if (this.conditional().mass > 0) return
    this.#reanchor()
    yield* textsFor(this.contexts())
  }

  conditional(): Conditional {
    this.#conditional ??= this.#sum()
    return this.#conditional
  }

  sinceBorder(): number {
    let best = { mass: -1, depth: 0 }
    for (const hypothesis of this.#hypotheses) {
      const mass = textMass(hypothesis)
      if (mass > best.mass) best = { mass, depth: hypothesis.depth }
    }
    return best.depth
  }

  atCharacter(): boolean {
    return this.#utf8.remaining === 0
  }

  trunk(): null {
    return null
  }

  contexts(): readonly TextContext[] {
    return this.#hypotheses.map(({ context }) => context)
  }

  rest(): void {
    if (this.#masses !== null) this.#spare.give(this.#masses)
    this.#masses = null
    this.#conditional = null
  }

  refresh(): void {
    // A longer list puts a stretch elsewhere: those inside a token find their place anew.
    this.#hypotheses = this.#hypotheses.map((one) => {
      const { context, depth, weight } = one
      if (depth === 0) return one
      let moved: readonly TextHypothesis[] = [atEndOf(context, weight)]
      for (const byte of this.#text.since(this.#text.length - depth)) moved = advanceTexts(moved, byte, 1).within
      return moved[0] ?? { ...one, high: one.low }
    })
    this.#conditional = null
  }

  clone(): TextPath {
    const copy = new TextPath({ tau: this.#tau })
    copy.#hypotheses = this.#hypotheses
    copy.#utf8 = this.#utf8
    copy.#text = this.#text.clone()
    copy.#spare = this.#spare
    Object.assign(copy.counters, this.counters)
    return copy
  }

  /** The context of all the text so far; one that ends inside a character can't be asked for. */
  #contextHere(): TextContext {
    return { text: this.#text.since(0), list: this.#utf8.remaining === 0 ? null : unknownTexts }
  }

  #reanchor(): void {
    this.counters.revivals++
    this.#conditional = null
    this.#hypotheses = [atEndOf(this.#contextHere(), 1)]
  }

  #sum(): Conditional {
    this.#masses ??= this.#spare.take()
    const masses = this.#masses
    masses.clear()
    let hiddenLimit = 0
    for (const hypothesis of this.#hypotheses) hiddenLimit += this.#add(hypothesis, masses)
    const { valid, begins } = possibleAt(this.#utf8)
    return masses.result({ valid, begins, count: 0 }, { remainder: 0, hiddenLimit, excluded: 0 })
  }

  /** Adds the mass of one hypothesis; returns the most that its list can hide. */
  #add(hypothesis: TextHypothesis, { listed, spread, hidden }: Masses): number {
    const { context, depth, low, weight } = hypothesis
    const list = textListOf(context)
    for (let i = low; i < endOf(hypothesis); i++) {
      const symbol = (list.tokens[i] as Uint8Array)[depth] as number
      listed[symbol] = (listed[symbol] as number) + weight * (list.probabilities[i] as number)
    }
    // How many unlisted tokens go on with a byte is unknown: any byte may have all that is hidden.
    const most = weight * list.unlisted
    const each = depth === 0 ? (weight * list.spread) / possibleAt(this.#utf8).choices : 0
    for (let byte = 0; byte < endSymbol; byte++) {
      hidden[byte] = (hidden[byte] as number) + most
      spread[byte] = (spread[byte] as number) + each
    }
    if (depth === 0) {
      listed[endSymbol] = (listed[endSymbol] as number) + weight * list.end
      spread[endSymbol] = (spread[endSymbol] as number) + each
      hidden[endSymbol] = (hidden[endSymbol] as number) + most
    }
    return most
  }
}

interface Possible {
  /** Which symbols may come next, as 0 or 1 by symbol. */
  readonly valid: Uint8Array
  /** The same without the end. */
  readonly begins: Uint8Array
  /** How many may. */
  readonly choices: number
}

/** There are few places in a character, and nearly all texts are between two. */
const known = new WeakMap<Utf8State, Possible>()

function possibleAt(utf8: Utf8State): Possible {
  const before = known.get(utf8)
  if (before !== undefined) return before
  const begins = Uint8Array.from({ length: symbolCount }, (_, byte) => (utf8Allows(utf8, byte) ? 1 : 0))
  begins[endSymbol] = 0
  const valid = begins.slice()
  valid[endSymbol] = utf8.remaining === 0 ? 1 : 0
  const possible = { valid, begins, choices: valid.reduce((sum, one) => sum + one, 0) }
  known.set(utf8, possible)
  return possible
}
