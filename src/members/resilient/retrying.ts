import type { Member } from '../member.ts'
import { type BackOff, waitBefore } from './back-off.ts'
import { type Call, decorated } from './decorated.ts'
import { pause } from './pause.ts'
import { defineRetryBudget } from './retry-budget.ts'

export interface RetryOptions extends BackOff {
  /** Most retries of one call. */
  readonly most: number
  /** Retries for each call, over all calls. */
  readonly budget: number
}

/** The member whose calls are made again when they fail before anything of their answer was taken. */
export function retrying(member: Member, options: RetryOptions, random: () => number): Member {
  const budget = defineRetryBudget(options.budget)

  async function* around<T>({ signal, on }: Call<T>): AsyncGenerator<T, void> {
    budget.earn()
    for (let retries = 0; ; retries++) {
      let taken = false
      try {
        for await (const item of on(member, signal)) {
          taken = true
          yield item
        }
        return
      } catch (error) {
        const may = !taken && !signal.aborted && retries < options.most
        const wait = may ? waitBefore(error, retries, options, random) : null
        if (wait === null || !budget.spend()) throw error
        await pause(wait, member.id, signal)
      }
    }
  }

  return decorated(member, around)
}
