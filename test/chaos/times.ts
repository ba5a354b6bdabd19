/** Milliseconds of one run: short, but long enough for a healthy member of this machine as busy as it is. */
export interface Times {
  readonly deadlineMs: number
  readonly graceMs: number
  /** After the deadline nobody waits for an answer any more for so long. */
  readonly hungMs: number
  /** Of the members in the ensembles of the cells, below the deadline: a member is to be given up before the request is. */
  readonly member: object
}

const leastDeadlineMs = 500
const mostDeadlineMs = 8_000
/** A healthy answer may take up to this share of the deadline. */
const share = 1 / 5

/** @param healthyMs what an answer takes here with nothing wrong, with as many at a time as there will be. */
export function timesFor(healthyMs: number): Times {
  const deadlineMs = Math.round(Math.min(mostDeadlineMs, Math.max(leastDeadlineMs, healthyMs / share)))
  const part = (of: number) => Math.round(deadlineMs * of)
  const member = {
    connect_ms: part(0.3),
    first_byte_ms: part(0.5),
    silence_ms: part(0.5),
    first_token_ms: part(0.6),
    between_tokens_ms: part(0.6),
  }
  return { deadlineMs, graceMs: part(0.24), hungMs: 8 * deadlineMs, member }
}
