import { TuttiError } from '../errors.ts'
import type { MemberWalk } from './member-walk.ts'

/** Times that one member may try to come back in one request. */
const mostTries = 4

/** Symbols that the text may grow by while a first try lasts; each further one may take twice as long. */
const firstPatience = 16

/** A walk that is being opened behind the text so far. */
export interface Restarted {
  readonly walk: MemberWalk
  readonly opened: Promise<void>
}

/** Starts a lost member anew; null where that can't be done here. */
export type Restart = (id: string) => Restarted | null

interface Try {
  readonly walk: MemberWalk
  /** Length of the text at which it has to be given up, and before which there is no other. */
  readonly until: number
  /** Symbols of the text that the walk has gone over. */
  at: number
  state: 'moving' | 'waiting' | 'failed'
}

/**
 * Lost members on their way back: each is started anew behind the text so far while the others go on, follows them, and is present
 * again at the step where it has caught up. One that never does stays lost.
 */
export class Returns {
  readonly #restart: Restart
  readonly #text: readonly number[]
  /** Tries so far of each lost member, and the one that lasts. */
  readonly #lost = new Map<string, { tries: number; last: Try | null }>()

  /** Tries that members had who came back. */
  readonly #tries = new Map<string, number>()

  /** @param text the symbols decided so far, which grows. */
  constructor(restart: Restart, text: readonly number[]) {
    this.#restart = restart
    this.#text = text
  }

  /** A member was lost. */
  lost(id: string): void {
    this.#lost.set(id, { tries: this.#tries.get(id) ?? 0, last: null })
  }

  /** Members that stand where the text stands, which are present from here on; the others go on, set out or give up. */
  arrived(): MemberWalk[] {
    const back: MemberWalk[] = []
    for (const [id, one] of this.#lost) {
      const { last } = one
      if (last === null || (last.state === 'failed' && this.#text.length >= last.until)) this.#setOut(id)
      else if (last.state === 'failed') continue
      else if (last.state === 'moving') this.#giveUpLate(last)
      else if (last.at < this.#text.length) void this.#move(last)
      else {
        back.push(last.walk)
        this.#lost.delete(id)
        this.#tries.set(id, one.tries)
      }
    }
    return back
  }

  /** Ends what is still on its way. */
  close(): void {
    for (const { last } of this.#lost.values()) last?.walk.close()
    this.#lost.clear()
  }

  #setOut(id: string): void {
    const one = this.#lost.get(id)
    if (one === undefined || one.tries >= mostTries) return
    const restarted = this.#restart(id)
    if (restarted === null) return
    const { walk, opened } = restarted
    const { length } = this.#text
    const next: Try = { walk, at: length, until: length + firstPatience * 2 ** one.tries, state: 'moving' }
    this.#lost.set(id, { tries: one.tries + 1, last: next })
    void this.#move(next, opened)
  }

  #giveUpLate({ walk, until }: Try): void {
    if (this.#text.length < until) return
    walk.close(new TuttiError('member_timeout', `${walk.id}: it did not catch up with the text`, { member: walk.id }))
  }

  /** Goes over what has been decided meanwhile. */
  async #move(one: Try, opened?: Promise<void>): Promise<void> {
    one.state = 'moving'
    try {
      await opened
      for (; one.at < this.#text.length; one.at++) {
        // A place can be left when its distribution is there.
        await one.walk.ready()
        await one.walk.accept(this.#text[one.at] as number)
      }
      await one.walk.ready()
      one.state = 'waiting'
    } catch {
      // It is still lost, and may try again at a later step.
      one.walk.close()
      one.state = 'failed'
    }
  }
}
