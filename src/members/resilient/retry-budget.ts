/** What retries are paid from, so that they can't multiply the load of a server that is down (Finagle's `RetryBudget`). */
export interface RetryBudget {
  /** A call was made. */
  earn(): void
  /** Whether a retry may be made; it is paid for then. */
  spend(): boolean
}

/** Retries that may be made before any call has earned one, and most that can be saved. */
const reserve = 10

/** @param share retries for each call. */
export function defineRetryBudget(share: number): RetryBudget {
  let balance = share > 0 ? reserve : 0
  return {
    earn() {
      balance = Math.min(reserve, balance + share)
    },
    spend() {
      if (balance < 1) return false
      balance--
      return true
    },
  }
}
