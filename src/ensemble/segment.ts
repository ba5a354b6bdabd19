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

/** Collects decided symbols until the segment they belong to is whole. */
export class SegmentBuilder {
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  readonly #alphabet: Alphabet
  #bytes: number[] = []
  #utf8 = utf8Start
  #decided: Decided[] = []
  #shares = new Map<string, number>()
  #steps: StepDiagnosis[] = []

  readonly #withRivals: boolean

  constructor(alphabet: Alphabet, options: { readonly withRivals: boolean }) {
    this.#alphabet = alphabet
    this.#withRivals = options.withRivals
  }

  add(step: Step, diagnosis: StepDiagnosis | null): void {
    const { symbol } = step.choice
    for (const byte of this.#alphabet.bytesOf(symbol)) {
      this.#bytes.push(byte)
      this.#utf8 = utf8Next(this.#utf8, byte)
    }
    this.#decided.push(decidedOf(step.fused, symbol, this.#withRivals))
    const shares = responsibilities(step, symbol)
    step.walks.forEach(({ id }, index) => {
      this.#shares.set(id, (this.#shares.get(id) ?? 0) + (shares[index] as number))
    })
    if (diagnosis !== null) this.#steps.push(diagnosis)
  }

  /** Whether the bytes so far are whole characters. */
  get whole(): boolean {
    return this.#utf8.remaining === 0
  }

  /**
   * The segment so far; the builder starts anew. Its bytes are whole characters.
   *
   * @param atMs when it was decided, where that is to be told.
   */
  take(atMs: number | undefined): Segment {
    const carrier = [...this.#shares].reduce((best, entry) => (entry[1] > best[1] ? entry : best), ['', -1])[0]
    const segment: Segment = {
      text: this.#decoder.decode(Uint8Array.from(this.#bytes)),
      logProb: logProbOf(this.#decided),
      decided: this.#decided,
      carrier,
      steps: this.#steps,
      ...(atMs !== undefined && { atMs }),
    }
    this.#bytes = []
    this.#decided = []
    this.#shares = new Map()
    this.#steps = []
    return segment
  }
}
