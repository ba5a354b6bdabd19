import { StopMatcher } from '../core/decode/stopping.ts'
import type { Alphabet } from '../core/lattice/alphabet.ts'
import { logProbOf } from './decided.ts'
import type { Segment } from './segment.ts'

/** Segments whose text is not yet known to be free of stop strings; lets whole ones go in order. */
export class HeldOutput {
  readonly #matcher: StopMatcher
  readonly #alphabet: Alphabet
  #held: Segment[] = []
  /** Characters of the held segments that may be shown. */
  #free = 0

  constructor(stop: readonly string[], alphabet: Alphabet) {
    this.#matcher = new StopMatcher(stop)
    this.#alphabet = alphabet
  }

  /** Takes a segment; returns those that may be shown, and whether a stop string has ended the output. */
  push(segment: Segment): { readonly shown: Segment[]; readonly stopped: boolean } {
    this.#held.push(segment)
    const { text, stopped } = this.#matcher.push(segment.text)
    const shown = this.#release(text.length)
    if (stopped) {
      const [last] = this.#held
      if (last !== undefined && this.#free > 0) shown.push(this.#cut(last, last.text.slice(0, this.#free)))
      this.#held = []
    }
    return { shown, stopped }
  }

  /** All that is still held, when no more output comes. */
  flush(): Segment[] {
    return this.#release(this.#matcher.flush().length)
  }

  /** Takes whole segments off as far as their characters, `length` of them newly, may be shown. */
  #release(length: number): Segment[] {
    this.#free += length
    const shown: Segment[] = []
    for (let next = this.#held[0]; next !== undefined && next.text.length <= this.#free; next = this.#held[0]) {
      this.#free -= next.text.length
      shown.push(next)
      this.#held.shift()
    }
    return shown
  }

  /** The beginning of a segment with the probability of its symbols; a token that is cut counts whole. */
  #cut(segment: Segment, text: string): Segment {
    const bytes = Buffer.byteLength(text)
    let covered = 0
    const decided = segment.decided.filter(({ symbol }) => {
      const wanted = covered < bytes
      covered += this.#alphabet.bytesOf(symbol).length
      return wanted
    })
    return { ...segment, text, decided, logProb: logProbOf(decided) }
  }
}
