/** One member's part in an answer, as its diagnosis says. */
export interface MemberPart {
  readonly id: string
  readonly status: string
  readonly totalMs: number
}

/** What became of one request. Times are milliseconds. */
export interface Outcome {
  readonly kind: string
  /** After the start of its stage. */
  readonly dueMs: number
  /** From when it was due until it was sent: how late the load test itself was. */
  readonly lateMs: number
  /** From when it was due until its end. */
  readonly latencyMs: number
  /** `ok`; else the error code of the answer, or why there was none. */
  readonly code: string
  /** Of a stream: from when it was due until its first text. */
  readonly firstTextMs: number | null
  /** Of a stream: between texts. */
  readonly gapsMs: readonly number[]
  readonly degraded: boolean
  readonly members: readonly MemberPart[]
}
