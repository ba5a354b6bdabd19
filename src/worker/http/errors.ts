import type { FastifyError, FastifyInstance } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import { TuttiError, toTuttiError } from '../../errors.ts'
import type { WireError } from '../../members/shared/worker-wire.ts'

/** `/context/tokens/3` → `context.tokens[3]`. */
function fieldOf(instancePath: string): string {
  return instancePath
    .slice(1)
    .replaceAll('/', '.')
    .replaceAll(/\.(\d+)(?=\.|$)/g, '[$1]')
}

/** Fastify's own refusals, by its codes. */
const frameworkCodes: Readonly<Record<string, 'payload_too_large' | 'unsupported_media_type' | 'invalid_request'>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'payload_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'invalid_request',
  FST_ERR_CTP_INVALID_JSON_BODY: 'invalid_request',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'invalid_request',
}

function fromRouteError(error: FastifyError | Error): TuttiError {
  if (hasZodFastifySchemaValidationErrors(error)) {
    const [first] = error.validation
    const field = fieldOf(first?.instancePath ?? '/')
    const message = `${field === '' ? 'the body' : field}: ${first?.message ?? 'invalid'}`
    return new TuttiError('invalid_request', message, field === '' ? {} : { param: field })
  }
  const known = 'code' in error ? frameworkCodes[error.code] : undefined
  if (known !== undefined) return new TuttiError(known, error.message, { cause: error })
  if ('statusCode' in error && error.statusCode === 400)
    return new TuttiError('invalid_request', error.message, { cause: error })
  return toTuttiError(error)
}

export function toWireError(error: TuttiError): WireError {
  const { message, code, param } = error
  return { error: message, code, ...(param === null ? {} : { param }) }
}

/** The body of every failure is `{error, code, param?}`; Open Inference Protocol clients read `error`. */
export function handleErrors(app: FastifyInstance): void {
  app.setErrorHandler((raw: FastifyError, _request, reply) => {
    const error = fromRouteError(raw)
    return reply.code(error.status).send(toWireError(error))
  })
  app.setNotFoundHandler((request, reply) => {
    const error = new TuttiError('route_not_found', `there is no ${request.method} ${request.url}`)
    return reply.code(error.status).send(toWireError(error))
  })
}
