import type { FastifyBaseLogger } from 'fastify'
import type { TuttiError } from '../errors.ts'

/**
 * Logs a fault of Tutti (with where it happened) or of a member. Messages stay out: one that quotes a body or a member's
 * answer holds a prompt. Errors of the caller are in the request line already.
 */
export function logFailure(error: TuttiError, log: FastifyBaseLogger): void {
  if (error.status < 500) return
  const { cause } = error
  const facts = { code: error.code, member: error.member ?? undefined, cause: causeOf(cause) }
  if (error.code === 'internal') log.error({ ...facts, stack: framesOf(cause ?? error) }, 'internal error')
  else log.warn(facts, 'request failed')
}

/** What may be told of an error that nobody foresaw: what kind, and where it happened. */
export function faultOf(error: unknown): { readonly cause: string | undefined; readonly stack: readonly string[] } {
  return { cause: causeOf(error), stack: framesOf(error) }
}

/** The system's code of a cause (`ECONNREFUSED`), else its class. */
function causeOf(cause: unknown): string | undefined {
  if (!(cause instanceof Error)) return undefined
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.name
}

/** The lines of a stack below its message. */
function framesOf(error: unknown): string[] {
  if (!(error instanceof Error)) return []
  return (error.stack ?? '')
    .split('\n')
    .filter((line) => line.startsWith('    at '))
    .map((line) => line.trim())
}
