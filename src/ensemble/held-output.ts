import { StopMatcher } from '../core/decode/stopping.ts'
import type { SegmentEvent } from './generation-event.ts'

/** Segments whose text is not yet known to be free of stop strings; lets them go in order. */
export class HeldOutput {
  readonly #matcher: StopMatcher
  #held: SegmentEvent[] = []

  constructor(stop: readonly string[]) {
    this.#matcher = new StopMatcher(stop)
  }

  /** Takes a segment; returns those that may be shown, and whether a stop string has ended the output. */
  push(segment: SegmentEvent): { readonly shown: SegmentEvent[]; readonly stopped: boolean } {
    this.#held.push(segment)
    const { text, stopped } = this.#matcher.push(segment.text)
    const shown = this.#release(text.length)
    if (stopped) this.#held = []
    return { shown, stopped }
  }

  /** All that is still held, when no more output comes. */
  flush(): SegmentEvent[] {
    return this.#release(this.#matcher.flush().length)
  }

  /** Takes `length` characters of text off the held segments; one that is cut keeps its end held. */
  #release(length: number): SegmentEvent[] {
    const shown: SegmentEvent[] = []
    let left = length
    while (this.#held.length > 0) {
      const segment = this.#held[0] as SegmentEvent
      const text = segment.text.slice(0, left)
      // A segment without text is the end of the output: it goes out with what stands before it.
      if (text.length === 0 && segment.text.length > 0) break
      shown.push({ ...segment, text })
      left -= text.length
      if (text.length === segment.text.length) this.#held.shift()
      else this.#held[0] = { ...segment, text: segment.text.slice(text.length), steps: [] }
    }
    return shown
  }
}
