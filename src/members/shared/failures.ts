import { type ErrorCode, TuttiError, toTuttiError } from '../../errors.ts'

/** undici's and Node's error codes that mean the server took too long. */
const timeouts = new Set(['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'ETIMEDOUT'])

/** Those that mean it answered against HTTP or past a limit. */
const protocol = new Set([
  'UND_ERR_RES_EXCEEDED_MAX_SIZE',
  'UND_ERR_HEADERS_OVERFLOW',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
])

/** Those of a connection that the other side closed. */
const lost = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'])

export function isLostConnection(error: unknown): boolean {
  return error instanceof Error && 'code' in error && lost.has(String(error.code))
}

function codeOf(error: unknown): ErrorCode {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (timeouts.has(code)) return 'member_timeout'
  if (protocol.has(code) || code.startsWith('HPE_')) return 'member_protocol'
  return 'member_unreachable'
}

/**
 * What an aborted call means: the reason it was aborted for. The time-out of an `AbortSignal.timeout` is the member's, also
 * through `AbortSignal.any`: whoever set it waited for nothing else.
 */
export function fromAbort(member: string, signal: AbortSignal): TuttiError {
  const reason: unknown = signal.reason
  if (reason instanceof TuttiError) return reason
  const late = reason instanceof DOMException && reason.name === 'TimeoutError'
  const why = late ? 'the call took longer than it may' : 'the call was aborted'
  return new TuttiError(late ? 'member_timeout' : 'client_closed', `${member}: ${why}`, { member, cause: reason })
}

/** What a failed call means to the ensemble. */
export function toMemberError(member: string, url: string, error: unknown, signal: AbortSignal): TuttiError {
  if (error instanceof TuttiError) return error
  if (signal.aborted) return fromAbort(member, signal)
  const why = error instanceof Error ? error.message || error.name : String(error)
  return new TuttiError(codeOf(error), `${member}: ${url}: ${why}`, { member, cause: error })
}

/** A server's own words on what went wrong. */
export interface Refusal {
  readonly message: string
  /** The `code` of its error body, or else the `type`, if it is a word. */
  readonly code: string | null
  /** Milliseconds after which it asks to be called again. */
  readonly retryAfterMs: number | null
}

/** What servers call a context that is full: Tutti's worker and OpenAI, llama.cpp. */
const fullContext = new Set(['context_length_exceeded', 'exceed_context_size_error'])

/** What a status other than 2xx means. A context that is full is told from a rejected call: the text may end there. */
export function fromStatus(member: string, status: number, { message, code, retryAfterMs }: Refusal): TuttiError {
  const text = `${member} answered ${status}: ${message}`
  if (status === 400 && code !== null && fullContext.has(code)) {
    return new TuttiError('context_length_exceeded', text, { member })
  }
  if (status === 429 || status === 502 || status === 503 || status === 504) {
    return new TuttiError('member_unavailable', text, { member, retryAfterMs })
  }
  if (status >= 400) return new TuttiError('member_rejected', text, { member, serverStatus: status })
  return new TuttiError('member_protocol', text, { member })
}

/** The error of a server that keeps to no protocol we know. */
export function brokenProtocol(member: string, what: string): TuttiError {
  return new TuttiError('member_protocol', `${member}: ${what}`, { member })
}

/** The core's error with the name of the member whose data it found wrong. */
export function blame(member: string, error: unknown): TuttiError {
  const { code, message } = toTuttiError(error)
  return new TuttiError(code, `${member}: ${message}`, { member, cause: error })
}
