import type { FastifyError } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import { TuttiError, toTuttiError } from '../errors.ts'
import { fromValidation, type Validation } from './validation-error.ts'

/**
 * Whatever a route or the framework threw, as an error of the table. The framework's own messages are replaced: that of
 * a JSON error quotes the body, which is the caller's prompt.
 */
export function toError(error: unknown, limits: { readonly bodyLimitBytes: number }): TuttiError {
  if (error instanceof TuttiError) return error
  if (hasZodFastifySchemaValidationErrors(error)) return fromValidation(error.validation as readonly Validation[])
  const { statusCode, code } = (typeof error === 'object' && error !== null ? error : {}) as Partial<FastifyError>
  if (statusCode === 413) {
    return new TuttiError('payload_too_large', `the body is larger than ${limits.bodyLimitBytes} bytes`, {
      cause: error,
    })
  }
  if (statusCode === 415) {
    return new TuttiError('unsupported_media_type', 'send JSON, with the header `content-type: application/json`', {
      cause: error,
    })
  }
  if (code === 'FST_ERR_CTP_EMPTY_JSON_BODY')
    return new TuttiError('invalid_request', 'the body is empty; send a JSON object')
  if (error instanceof SyntaxError && statusCode === 400) {
    return new TuttiError('invalid_request', 'the body is not valid JSON', { cause: error })
  }
  if (code === 'FST_ERR_CTP_INVALID_JSON_BODY') {
    return new TuttiError('invalid_request', 'the body is not valid JSON', { cause: error })
  }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new TuttiError('invalid_request', 'the request is malformed', { cause: error })
  }
  return toTuttiError(error)
}
