/**
 * The one error table: what a caller sees for each thing that can go wrong.
 * `status` is the HTTP status, `type` the OpenAI error family, `retryable` whether the same call may succeed later.
 */
export const errorTable = {
  invalid_request: { status: 400, type: 'invalid_request_error', retryable: false },
  unsupported_parameter: { status: 400, type: 'invalid_request_error', retryable: false },
  context_length_exceeded: { status: 400, type: 'invalid_request_error', retryable: false },
  unknown_token: { status: 400, type: 'invalid_request_error', retryable: false },
  invalid_tensor: { status: 400, type: 'invalid_request_error', retryable: false },
  invalid_api_key: { status: 401, type: 'invalid_request_error', retryable: false },
  model_not_allowed: { status: 403, type: 'invalid_request_error', retryable: false },
  model_not_found: { status: 404, type: 'invalid_request_error', retryable: false },
  route_not_found: { status: 404, type: 'invalid_request_error', retryable: false },
  method_not_allowed: { status: 405, type: 'invalid_request_error', retryable: false },
  request_timeout: { status: 408, type: 'invalid_request_error', retryable: true },
  payload_too_large: { status: 413, type: 'invalid_request_error', retryable: false },
  unsupported_media_type: { status: 415, type: 'invalid_request_error', retryable: false },
  limit_exceeded: { status: 422, type: 'invalid_request_error', retryable: false },
  rate_limit_exceeded: { status: 429, type: 'rate_limit_error', retryable: true },
  headers_too_large: { status: 431, type: 'invalid_request_error', retryable: false },
  invalid_config: { status: 500, type: 'configuration_error', retryable: false },
  invalid_model: { status: 500, type: 'configuration_error', retryable: false },
  invalid_distribution: { status: 502, type: 'member_error', retryable: false },
  filtered_list: { status: 502, type: 'member_error', retryable: false },
  dead_lattice: { status: 502, type: 'member_error', retryable: false },
  member_protocol: { status: 502, type: 'member_error', retryable: false },
  member_rejected: { status: 502, type: 'member_error', retryable: false },
  log_probabilities_refused: { status: 502, type: 'member_error', retryable: false },
  member_unreachable: { status: 502, type: 'member_error', retryable: true },
  member_unavailable: { status: 503, type: 'member_error', retryable: true },
  member_busy: { status: 503, type: 'member_error', retryable: true },
  circuit_open: { status: 503, type: 'member_error', retryable: true },
  member_timeout: { status: 504, type: 'member_error', retryable: true },
  quorum_not_met: { status: 503, type: 'ensemble_error', retryable: true },
  deadline_exceeded: { status: 504, type: 'ensemble_error', retryable: true },
  overloaded: { status: 503, type: 'server_error', retryable: true },
  stopping: { status: 503, type: 'server_error', retryable: true },
  client_closed: { status: 499, type: 'client_error', retryable: false },
  internal: { status: 500, type: 'server_error', retryable: false },
} as const

export type ErrorCode = keyof typeof errorTable

interface ErrorDetails {
  /** The request field or config path at fault, e.g. `ensemble.pool`. */
  readonly param?: string
  /** Id of the member at fault. */
  readonly member?: string
  /** Milliseconds after which the server that failed asks to be called again. */
  readonly retryAfterMs?: number | null
  /** HTTP status that a member's server refused with. */
  readonly serverStatus?: number | null
  readonly cause?: unknown
}

/** An error a person can act on: the code decides status and retryability, the message says what, where and what to do. */
export class TuttiError extends Error {
  override readonly name = 'TuttiError'
  readonly code: ErrorCode
  readonly param: string | null
  readonly member: string | null
  readonly retryAfterMs: number | null
  readonly serverStatus: number | null

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.param = details.param ?? null
    this.member = details.member ?? null
    this.retryAfterMs = details.retryAfterMs ?? null
    this.serverStatus = details.serverStatus ?? null
  }

  get status(): number {
    return errorTable[this.code].status
  }

  get type(): string {
    return errorTable[this.code].type
  }

  get retryable(): boolean {
    return errorTable[this.code].retryable
  }
}

/** The error as a `TuttiError`; anything unforeseen becomes `internal`, with the original as its cause. */
export function toTuttiError(error: unknown): TuttiError {
  if (error instanceof TuttiError) return error
  const message = error instanceof Error ? error.message : String(error)
  return new TuttiError('internal', message, { cause: error })
}
