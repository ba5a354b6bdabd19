/** How a call has ended: by itself, because nobody needed it any more, or by a failure. */
export type CallEnd = 'finished' | 'aborted' | 'lost'

/** What a call was for: a stream ahead of the text, of lists or of bytes, or the lists of so many contexts. */
export type CallPurpose =
  | { readonly kind: 'stream'; readonly how: 'list' | 'bytes' }
  | { readonly kind: 'call'; readonly contexts: number }

/** Where calls take the time from, and are shown. */
export interface CallWatch {
  now(): number
  begun(call: LaneCall): void
}

/** One call for lists, as its member's lane shows it. */
export class LaneCall {
  readonly purpose: CallPurpose
  readonly #watch: CallWatch
  readonly #before: LaneCall | null
  /** Milliseconds of the clock; null until it has begun, or ended. */
  at: number | null = null
  until: number | null = null
  end: CallEnd = 'aborted'
  fetched = 0
  kept = 0

  /** @param before the member's call before it. */
  constructor(purpose: CallPurpose, watch: CallWatch, before: LaneCall | null) {
    this.purpose = purpose
    this.#watch = watch
    this.#before = before
  }

  begin(): void {
    this.at = this.#watch.now()
    this.#watch.begun(this)
  }

  /** Counts once: who leaves a call says so before the call itself has noticed. */
  close(end: CallEnd): void {
    if (this.at === null || this.until !== null) return
    this.until = this.#watch.now()
    this.end = end
  }

  /** So many lists took part in a decision. A server tells their number alone: more than this call brought are of calls before. */
  keep(count: number): void {
    let left = count
    for (let call: LaneCall | null = this; call !== null && left > 0; call = call.#before) {
      const own = Math.min(left, call.fetched - call.kept)
      call.kept += own
      left -= own
    }
  }
}
