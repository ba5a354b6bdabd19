import type { FastifyReply, FastifyRequest } from 'fastify'
import { TuttiError } from '../errors.ts'
import type { App } from './app.ts'
import { logFailure } from './log-failure.ts'
import { allowedMethods, type RouteList } from './route-list.ts'
import { toError } from './to-error.ts'
import { toErrorBody } from './wire/error.ts'

/** Sends an error in OpenAI's shape with the status of the table, and logs what is Tutti's or a member's fault. */
export function sendError(error: TuttiError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  request.failure = error.code
  logFailure(error, request.log)
  if (error.retryable) reply.header('retry-after', retryAfterOf(error))
  return reply
    .code(error.status)
    .header('content-type', 'application/json; charset=utf-8')
    .serializer(JSON.stringify)
    .send(toErrorBody(error, request.id))
}

/** Whole seconds, at least one. */
function retryAfterOf({ retryAfterMs }: TuttiError): string {
  return String(Math.max(1, Math.ceil((retryAfterMs ?? 0) / 1000)))
}

/** Every error of every route goes through here, also those of the framework. */
export function registerErrorHandling(app: App, routes: RouteList, limits: { readonly bodyLimitBytes: number }): void {
  app.setErrorHandler((error, request, reply) => sendError(toError(error, limits), request, reply))
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0] ?? ''
    const methods = allowedMethods(routes, path)
    if (methods.length === 0) {
      return sendError(
        new TuttiError('route_not_found', 'nothing is served here; /docs lists the routes'),
        request,
        reply,
      )
    }
    reply.header('allow', methods.join(', '))
    return sendError(new TuttiError('method_not_allowed', `this path takes ${methods.join(', ')}`), request, reply)
  })
}
