import type { Alphabet } from '../core/lattice/alphabet.ts'
import { utf8Next, utf8Start } from '../core/lattice/utf8.ts'
import { type Decided, decidedOf, logProbOf } from './decided.ts'
import type { StepDiagnosis } from './diagnosis.ts'
import type { SegmentEvent } from './generation-event.ts'
import { responsibilities, type Step } from './step.ts'

/** A whole segment that may yet be cut by a stop string. */
export interface Segment extends Omit<SegmentEvent, 'kind' | 'candidates'> {
  readonly decided: readonly Decided[]
}

/** A decided symbol that waits for its segment. */
interface Waiting {
  readonly decided: Decided
  /** Each member's responsibility for it. */
  readonly shares: readonly (readonly [id: string, share: number])[]
  readonly diagnosis: StepDiagnosis | null
  /** Where it ends, in bytes that have been decided. */
  readonly end: number
  /** Whether the bytes up to its end are whole characters. */
  readonly whole: boolean
}

/** Collects decided symbols until the segment they belong to is whole. */
export class SegmentBuilder {
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  readonly #alphabet: Alphabet
  #utf8 = utf8Start
  #waiting: Waiting[] = []
  /** Bytes that have been decided, and those of them that are in segments. */
  #length = 0
  #taken = 0
  /** The last place known for a token border of the lead member. */
  #border = 0

  readonly #withRivals: boolean

  constructor(alphabet: Alphabet, options: { readonly withRivals: boolean }) {
    this.#alphabet = alphabet
    this.#withRivals = options.withRivals
  }

  add(step: Step, diagnosis: StepDiagnosis | null): void {
    const { symbol } = step.choice
    for (const byte of this.#alphabet.bytesOf(symbol)) {
      this.#length++
      this.#utf8 = utf8Next(this.#utf8, byte)
    }
    const shares = responsibilities(step, symbol)
    this.#waiting.push({
      decided: decidedOf(step.fused, symbol, this.#withRivals),
      shares: step.walks.map(({ id }, index) => [id, shares[index] as number]),
      diagnosis,
      end: this.#length,
      whole: this.#utf8.remaining === 0,
    })
  }

  /**
   * The segment that ends at the lead member's last token border, or at the end of the character that the border is inside
   * of; what was decided behind it waits for the next. Null where there is no such border. A border may be known only when the
   * text has gone on: while a longer token was likelier than the one that turns out to have ended. Without looking back, a lead
   * member that always expects another token than the text goes on with would never end a segment.
   *
   * @param sinceBorder bytes of the text behind the border.
   * @param atMs when it was decided, where that is to be told.
   * @param isLast no segment comes after it: it then has what was decided behind the border, too, so that all that was decided is text.
   */
  upToBorder(sinceBorder: number, atMs: () => number | undefined, isLast: boolean): Segment | null {
    this.#border = Math.max(this.#border, this.#length - sinceBorder)
    if (this.#border <= this.#taken) return null
    if (isLast) return this.rest(atMs)
    const last = this.#waiting.findIndex(({ end, whole }) => whole && end >= this.#border)
    return last < 0 ? null : this.#take(last + 1, atMs())
  }

  /** All that was decided, when no more comes; null inside a character, whose bytes are no text. */
  rest(atMs: () => number | undefined): Segment | null {
    return this.#utf8.remaining === 0 ? this.#take(this.#waiting.length, atMs()) : null
  }

  #take(count: number, atMs: number | undefined): Segment {
    const own = this.#waiting.splice(0, count)
    const decided = own.map((symbol) => symbol.decided)
    this.#taken = own.at(-1)?.end ?? this.#taken
    return {
      text: this.#decoder.decode(Buffer.concat(decided.map(({ symbol }) => this.#alphabet.bytesOf(symbol)))),
      logProb: logProbOf(decided),
      decided,
      carrier: carrierOf(own),
      steps: own.flatMap(({ diagnosis }) => diagnosis ?? []),
      ...(atMs !== undefined && { atMs }),
    }
  }
}

/** The member with the largest responsibility for all of the symbols. */
function carrierOf(symbols: readonly Waiting[]): string {
  const sums = new Map<string, number>()
  for (const [id, share] of symbols.flatMap(({ shares }) => shares)) sums.set(id, (sums.get(id) ?? 0) + share)
  return [...sums].reduce((best, entry) => (entry[1] > best[1] ? entry : best), ['', -1])[0]
}
