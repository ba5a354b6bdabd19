import type { FastifyRequest } from 'fastify'
import type { ErrorCode } from '../errors.ts'
import type { App } from './app.ts'
import type { RequestObserver } from './dependencies.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Code of the error that the request ended with, also inside a stream. */
    failure: ErrorCode | null
  }
}

const quietRoutes = new Set(['/livez', '/readyz', '/health', '/metrics'])

/**
 * One log line and one observation a request, at its end. The route's pattern stands for the URL, which a caller may
 * fill with anything. Probes and scrapes are logged at `debug`, as they would drown the rest.
 */
export function registerRequestLog(app: App, observer: RequestObserver, clock: () => number): void {
  const started = new WeakMap<FastifyRequest, number>()
  app.decorateRequest('failure', null)

  function ended(request: FastifyRequest, status: number): void {
    const ms = clock() - (started.get(request) ?? clock())
    const event = { route: request.routeOptions.url ?? 'none', method: request.method, status, code: request.failure }
    observer.requestEnded({ ...event, seconds: ms / 1000 })
    const line = { ...event, code: event.code ?? undefined, ms: Math.round(ms * 10) / 10 }
    if (quietRoutes.has(event.route)) request.log.debug(line, 'request')
    else request.log.info(line, 'request')
  }

  app.addHook('onRequest', async (request, reply) => {
    started.set(request, clock())
    reply.header('x-request-id', request.id)
    // Not onResponse, which doesn't run when a client goes away.
    reply.raw.once('close', () => {
      const complete = reply.raw.writableEnded
      if (!complete) request.failure ??= 'client_closed'
      ended(request, complete ? reply.statusCode : 499)
    })
  })
}
