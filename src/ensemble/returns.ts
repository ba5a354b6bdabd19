import { TuttiError, toTuttiError } from '../errors.ts'
import type { MemberWalk } from './member-walk.ts'

/** Times that one member may try to come back in one request: of those that were late, and of those whose server failed. */
const mostTries = { late: 4, failed: 8 } as const

/** Symbols that the text may grow by while a first try lasts; each further one may take twice as long. */
const firstPatience = 16

/** Symbols behind the text from which on the others wait for a member once: one that is no quicker than they are never gets nearer. */
const nearBy = 16

/** Milliseconds that a server which has failed is left alone before the first try; twice as many before each further one. */
const firstBackOffMs = 100

/** A walk that is being opened behind the text so far. */
export interface Restarted {
  readonly walk: MemberWalk
  readonly opened: Promise<void>
}

export interface ReturnOptions {
  /** Starts anew a member that was lost when the text had `since` symbols; null where that can't be done here. */
  readonly restart: (id: string, since: number) => Restarted | null
  /** Why a member can't be used at the moment; null: it can, as far as anybody knows. */
  readonly down: (id: string) => string | null
  /** Milliseconds, monotonic. */
  readonly clock: () => number
  /** Milliseconds that the others wait for a member that has nearly caught up. */
  readonly waitMs: number
}

interface Try {
  readonly walk: MemberWalk
  /** Length of the text at which it has to be given up, and before which there is no other. */
  readonly until: number
  /** Symbols of the text that the walk has gone over. */
  at: number
  state: 'opening' | 'moving' | 'waiting' | 'failed'
  /** Resolves when it moves no more. */
  moved: Promise<void>
  waitedFor: boolean
  /** What a failed one failed by. */
  error: TuttiError | null
}

interface Away {
  tries: number
  /** Symbols of the text that it has gone over. */
  readonly since: number
  readonly kind: keyof typeof mostTries
  /** By the clock: no try is made before. */
  notBeforeMs: number
  last: Try | null
}

/**
 * Lost members on their way back: each is started anew behind the text so far while the others go on, follows them, and is present
 * again at the step where it has caught up. One that was late sets out at once, one whose server has failed after a while and when
 * it is known to answer again. One that never catches up stays lost, and so does one whose error would come again.
 */
export class Returns {
  readonly #options: ReturnOptions
  readonly #text: readonly number[]
  /** Lost members that may come back. */
  readonly #away = new Map<string, Away>()

  /** Tries that members had who came back. */
  readonly #tries = new Map<string, number>()

  /** @param text the symbols decided so far, which grows. */
  constructor(options: ReturnOptions, text: readonly number[]) {
    this.#options = options
    this.#text = text
  }

  /** A member was lost. */
  lost(id: string, error: TuttiError): void {
    if (!mayBeOver(error)) return
    const kind = error.code === 'member_timeout' ? 'late' : 'failed'
    const tries = this.#tries.get(id) ?? 0
    const since = this.#text.length
    const away: Away = { tries, since, kind, notBeforeMs: Number.NEGATIVE_INFINITY, last: null }
    if (kind === 'failed') this.#leaveAlone(away)
    this.#away.set(id, away)
  }

  /** Members that stand where the text stands, which are present from here on; the others go on, set out or give up. */
  async arrived(): Promise<MemberWalk[]> {
    await Promise.all(Array.from(this.#away.values(), ({ last }) => this.#waitFor(last)))
    const back: MemberWalk[] = []
    for (const [id, one] of this.#away) {
      const { last } = one
      if (last === null) this.#setOut(id, one)
      else if (last.state === 'failed') this.#setOutAgain(id, one, last)
      else if (last.state !== 'waiting') this.#giveUpLate(last)
      else if (last.at < this.#text.length) this.#move(last)
      else {
        back.push(last.walk)
        this.#away.delete(id)
        this.#tries.set(id, one.tries)
      }
    }
    return back
  }

  /** Ends what is still on its way. */
  close(): void {
    for (const { last } of this.#away.values()) last?.walk.close()
    this.#away.clear()
  }

  #setOut(id: string, one: Away): void {
    const { restart, down, clock } = this.#options
    if (one.tries >= mostTries[one.kind] || clock() < one.notBeforeMs) return
    if (one.kind === 'failed' && down(id) !== null) return
    const restarted = restart(id, one.since)
    if (restarted === null) return
    const { walk, opened } = restarted
    const { length } = this.#text
    const until = length + firstPatience * 2 ** one.tries
    one.last = { walk, at: length, until, state: 'opening', moved: opened, waitedFor: false, error: null }
    one.tries++
    this.#move(one.last, opened)
  }

  async #waitFor(one: Try | null): Promise<void> {
    if (one === null || one.state !== 'moving' || one.waitedFor || this.#text.length - one.at > nearBy) return
    one.waitedFor = true
    const over = Promise.withResolvers<void>()
    const timer = setTimeout(over.resolve, this.#options.waitMs)
    await Promise.race([one.moved, over.promise])
    clearTimeout(timer)
  }

  #setOutAgain(id: string, one: Away, { until, error }: Try): void {
    if (error !== null && !mayBeOver(error)) this.#away.delete(id)
    else if (one.kind === 'failed') {
      one.last = null
      this.#leaveAlone(one)
    } else if (this.#text.length >= until) this.#setOut(id, one)
  }

  #leaveAlone(one: Away): void {
    one.notBeforeMs = this.#options.clock() + firstBackOffMs * 2 ** one.tries
  }

  #giveUpLate({ walk, until }: Try): void {
    if (this.#text.length < until) return
    walk.close(new TuttiError('member_timeout', `${walk.id}: it did not catch up with the text`, { member: walk.id }))
  }

  #move(one: Try, opened?: Promise<void>): void {
    one.moved = this.#follow(one, opened)
  }

  /** Goes over what has been decided meanwhile. */
  async #follow(one: Try, opened?: Promise<void>): Promise<void> {
    if (opened === undefined) one.state = 'moving'
    try {
      await opened
      one.state = 'moving'
      for (; one.at < this.#text.length; one.at++) {
        // A place can be left when its distribution is there.
        await one.walk.ready()
        await one.walk.accept(this.#text[one.at] as number)
      }
      await one.walk.ready()
      one.state = 'waiting'
    } catch (thrown) {
      // It is still lost, and may try again at a later step.
      one.walk.close()
      one.error = toTuttiError(thrown)
      one.state = 'failed'
    }
  }
}

/** Whether what a member was lost by may be over in the time of a request. */
function mayBeOver({ type, retryable }: TuttiError): boolean {
  return type === 'member_error' && retryable
}
