import { type ErrorCode, toTuttiError } from '../../errors.ts'

/** What a member can't do that it must, or does otherwise than it says. */
export interface Failure {
  /** What was asked, in a word or two. */
  readonly check: string
  readonly reason: string
  /** What to do about it. */
  readonly remedy: string
}

const remedies: Readonly<Partial<Record<ErrorCode, string>>> = {
  member_unreachable: 'start the server, or correct `url`',
  member_unavailable: 'wait until the server has loaded its model, or give it less to do',
  member_timeout: 'raise `timeouts.first_byte_ms`, or give the server less to do',
  member_rejected: 'correct `model`, `api_key` or the options the server was started with',
  member_protocol: 'see that `kind` is the protocol that this server speaks',
  invalid_model: 'correct the path, or fetch the file from where the model is from',
  invalid_distribution: 'see that nothing before the server changes its answers',
  filtered_list: 'start the server without sampling defaults of its own, or lower `top_k`',
}

/** A failed call as a failure. */
export function failureOf(check: string, error: unknown): Failure {
  const { code, message } = toTuttiError(error)
  return { check, reason: message, remedy: remedies[code] ?? "see the server's log" }
}
