import { TuttiError } from '../../errors.ts'

/** What may be shown after some more text has come. */
export interface Release {
  readonly text: string
  /** A stop string has been met; `text` ends before it and nothing may follow. */
  readonly stopped: boolean
}

/**
 * Finds the stop string that is complete first (of several that end together the longest), in a text that comes in pieces,
 * whatever the borders of the pieces. Text that could yet turn out to begin a stop string is held back until it is
 * decided. Texts and stop strings are whole characters, and so is what is released: no stop string then begins or ends inside one.
 */
export class StopMatcher {
  readonly #stops: readonly string[]
  #held = ''

  /** @throws TuttiError `invalid_request` for a stop string with half of a surrogate pair. */
  constructor(stops: readonly string[]) {
    if (!stops.every((stop) => stop.isWellFormed())) {
      throw new TuttiError('invalid_request', '`stop` holds half of a character', { param: 'stop' })
    }
    this.#stops = stops.filter((stop) => stop.length > 0)
  }

  push(text: string): Release {
    const pending = this.#held + text
    const start = this.#firstComplete(pending)
    if (start !== null) {
      this.#held = ''
      return { text: pending.slice(0, start), stopped: true }
    }
    const from = this.#firstPossible(pending)
    this.#held = pending.slice(from)
    return { text: pending.slice(0, from), stopped: false }
  }

  /** Where the stop string begins that ends first in `text`; null when there is none. */
  #firstComplete(text: string): number | null {
    let start: number | null = null
    let end = Number.POSITIVE_INFINITY
    for (const stop of this.#stops) {
      const found = text.indexOf(stop)
      if (found < 0) continue
      const its = found + stop.length
      if (its < end || (its === end && found < (start as number))) {
        start = found
        end = its
      }
    }
    return start
  }

  /** What was held back, when no more text comes. */
  flush(): string {
    const held = this.#held
    this.#held = ''
    return held
  }

  #firstPossible(text: string): number {
    const longest = this.#stops.reduce((most, stop) => Math.max(most, stop.length), 0)
    for (let from = Math.max(0, text.length - longest + 1); from < text.length; from++) {
      if (this.#stops.some((stop) => stop.startsWith(text.slice(from)))) return from
    }
    return text.length
  }
}
