import { TuttiError } from '../../errors.ts'
import type { Course, Place } from './place.ts'

/**
 * Walks a course ahead of the text, by a bounded number of places. A failure is told to whoever comes to the place it
 * stands at, not before: the text may turn off earlier.
 */
export class Lookahead {
  readonly #course: Course
  readonly #most: number
  readonly #ahead: Place[] = []
  #ended: { readonly error: unknown } | null = null
  #pumping = false
  #stopped = false
  #arrived = Promise.withResolvers<void>()

  /** @param most places to hold at a time; with 1 nothing is done for a place before the text is there. */
  constructor(course: Course, most: number) {
    this.#course = course
    this.#most = most
    void this.#pump()
  }

  /** The place where the text is, if the course has arrived there. */
  get first(): Place | undefined {
    return this.#ahead[0]
  }

  /** Waits until the course has arrived where the text is. */
  async arrival(): Promise<Place> {
    for (;;) {
      const place = this.#ahead[0]
      if (place !== undefined) return place
      if (this.#ended !== null) throw this.#ended.error
      await this.#arrived.promise
    }
  }

  /** The text has gone on along the course. */
  shift(): void {
    this.#ahead.shift()
    void this.#pump()
  }

  stop(): void {
    this.#stopped = true
    this.#course.stop()
    if (!this.#pumping) void this.#course.places.return()
  }

  async #pump(): Promise<void> {
    if (this.#pumping || this.#stopped) return
    this.#pumping = true
    try {
      while (!this.#stopped && this.#ended === null && this.#ahead.length < this.#most) {
        const next = await this.#course.places.next()
        if (next.done === true) this.#ended = { error: new TuttiError('internal', 'a path was read behind its end') }
        else this.#ahead.push(next.value)
        this.#wake()
      }
    } catch (error) {
      this.#ended = { error }
      this.#wake()
    } finally {
      this.#pumping = false
      if (this.#stopped) void this.#course.places.return()
    }
  }

  #wake(): void {
    this.#arrived.resolve()
    this.#arrived = Promise.withResolvers()
  }
}
