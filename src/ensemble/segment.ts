import type { Alphabet } from '../core/lattice/alphabet.ts'
import { utf8Next, utf8Start } from '../core/lattice/utf8.ts'
import type { StepDiagnosis } from './diagnosis.ts'
import type { SegmentEvent } from './generation-event.ts'
import { responsibilities, type Step } from './step.ts'

/** Collects decided symbols until the segment they belong to is whole. */
export class SegmentBuilder {
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  readonly #alphabet: Alphabet
  #bytes: number[] = []
  #utf8 = utf8Start
  #logProb = 0
  #shares = new Map<string, number>()
  #steps: StepDiagnosis[] = []

  constructor(alphabet: Alphabet) {
    this.#alphabet = alphabet
  }

  add(step: Step, diagnosis: StepDiagnosis | null): void {
    const { symbol } = step.choice
    for (const byte of this.#alphabet.bytesOf(symbol)) {
      this.#bytes.push(byte)
      this.#utf8 = utf8Next(this.#utf8, byte)
    }
    this.#logProb += Math.log(step.fused.probabilities[symbol] as number)
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

  /** The segment so far; the builder starts anew. Its bytes are whole characters. */
  take(): SegmentEvent {
    const carrier = [...this.#shares].reduce((best, entry) => (entry[1] > best[1] ? entry : best), ['', -1])[0]
    const segment: SegmentEvent = {
      kind: 'segment',
      text: this.#decoder.decode(Uint8Array.from(this.#bytes)),
      logProb: this.#logProb,
      carrier,
      steps: this.#steps,
    }
    this.#bytes = []
    this.#logProb = 0
    this.#shares = new Map()
    this.#steps = []
    return segment
  }
}
