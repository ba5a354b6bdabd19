import type { Sampling } from '../../core/decode/choose.ts'
import type { UnlistedPolicy } from '../../core/lattice/completed-list.ts'
import type { Conditional, PathCounters } from '../../core/lattice/symbol-path.ts'
import { endSymbol } from '../../core/lattice/symbols.ts'
import { GrowingText } from '../../core/lattice/text.ts'
import { TuttiError } from '../../errors.ts'
import type { ByteStep } from '../../members/member.ts'
import type { Opening } from '../opening.ts'
import type { LaneCall } from '../timeline/lane-call.ts'
import type { MemberCalls } from './member-calls.ts'
import type { Course, Place } from './place.ts'
import { StreamLength } from './stream-length.ts'

/** What all places of a path have in common that the member's server walks. */
export interface ServedRun {
  readonly calls: MemberCalls
  readonly opening: Opening
  /** Fails when the prompt can't be taken. */
  readonly opened: Promise<unknown>
  readonly tau: number
  readonly unlisted: UnlistedPolicy
  /** How the path is chosen; `step` is that of its beginning. */
  readonly sampling: Sampling
  readonly length: StreamLength
}

/** Where a course begins. */
interface Start {
  /** The text behind the prompt. */
  readonly text: GrowingText
  /** Contexts whose lists the path before has fetched. */
  readonly fetched: number
}

/** The course of a byte lattice that runs where the model is: one event a byte, no lists. */
export function servedCourse(run: ServedRun, start: Start = { text: new GrowingText(), fetched: 0 }): Course {
  const stopped = new AbortController()
  return { places: read(run, start, stopped.signal), stop: () => stopped.abort() }
}

async function* read(run: ServedRun, { text, fetched }: Start, stopped: AbortSignal): AsyncGenerator<Place, void> {
  const { calls, sampling, length } = run
  const signal = AbortSignal.any([calls.signal, stopped])
  let known = fetched
  while (!stopped.aborted) {
    const forced = text.since(0)
    const walk = { ...sampling, step: sampling.step + forced.length }
    const { text: prompt, after } = run.opening
    const { tau, unlisted } = run
    const request = { prompt, after, forced, tau, unlisted, walk, maxSymbols: length.steps }
    const call = calls.laneCall({ kind: 'stream', how: 'bytes' })
    if (call !== null) stopped.addEventListener('abort', () => call.close('aborted'), { once: true })
    let came = 0
    try {
      for await (const step of calls.bytes(request, { signal, call })) {
        const fresh = Math.max(0, step.contexts.fetched - known)
        calls.ledger.fetched += fresh
        if (call !== null) call.fetched += fresh
        known = Math.max(known, step.contexts.fetched)
        await run.opened
        yield new ServedPlace(run, step, text.clone(), { before: came++, call })
        if (step.symbol === endSymbol) return
        text.push(step.symbol)
      }
    } catch (error) {
      // A prompt that is too long is told by its tokens, whichever answer comes first.
      if (error instanceof TuttiError && error.code === 'context_length_exceeded') await run.opened
      throw error
    }
    length.finished()
  }
}

/** Where in its stream a place is. */
interface InStream {
  /** Places of the same stream before this one. */
  readonly before: number
  readonly call: LaneCall | null
}

class ServedPlace implements Place {
  readonly #run: ServedRun
  readonly #step: ByteStep
  readonly #text: GrowingText
  readonly #at: InStream

  constructor(run: ServedRun, step: ByteStep, text: GrowingText, at: InStream) {
    this.#run = run
    this.#step = step
    this.#text = text
    this.#at = at
  }

  get sinceBorder(): number {
    return this.#step.sinceBorder
  }

  get counters(): PathCounters {
    return this.#step.counters
  }

  get conditional(): Conditional {
    return this.#step.conditional
  }

  get heading(): number {
    return this.#step.symbol
  }

  get next(): number {
    return this.#step.symbol
  }

  get rounds(): number {
    return this.#at.before === 0 ? 1 : 0
  }

  async settle(): Promise<void> {}

  use(): void {
    const { ledger } = this.#run.calls
    const fresh = this.#step.contexts.used - ledger.used
    if (fresh <= 0) return
    ledger.used += fresh
    this.#at.call?.keep(fresh)
  }

  leave(): void {}

  instead(symbol: number): Course {
    const { calls, length } = this.#run
    length.left(this.#at.before + 1)
    calls.ledger.lane?.reopen()
    const text = this.#text.clone()
    text.push(symbol)
    return servedCourse(this.#run, { text, fetched: this.#step.contexts.fetched })
  }

  beside(): Place {
    return new ServedPlace({ ...this.#run, length: new StreamLength(1) }, this.#step, this.#text, this.#at)
  }

  async lengthened(): Promise<null> {
    return null
  }
}
