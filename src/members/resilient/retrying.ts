import type { Member } from '../member.ts'
import { type BackOff, waitBefore } from './back-off.ts'
import { type Around, decorated } from './decorated.ts'
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

  /** Waits until the call may be made again. @throws what it failed with, if it may not. */
  async function again(error: unknown, retries: number, signal: AbortSignal): Promise<void> {
    const may = !signal.aborted && retries < options.most
    const wait = may ? waitBefore(error, retries, options, random) : null
    if (wait === null || !budget.spend()) throw error
    await pause(wait, member.id, signal)
  }

  const around: Around = {
    async once({ signal, on }) {
      budget.earn()
      for (let retries = 0; ; retries++) {
        try {
          return await on(member, signal)
        } catch (error) {
          await again(error, retries, signal)
        }
      }
    },
    async *stream({ signal, on }) {
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
          if (taken) throw error
          await again(error, retries, signal)
        }
      }
    },
  }

  return decorated(member, around)
}
