import type { FastifyRequest } from 'fastify'
import type { Observer } from '../ensemble/observer.ts'
import type { ErrorCode } from '../errors.ts'
import type { Caller } from './access/caller.ts'
import type { App } from './app.ts'
import type { Dependencies, RequestTrace } from './dependencies.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Code of the error that the request ended with, also inside a stream. */
    failure: ErrorCode | null
    /** Told what happens for the request. */
    observer: Observer
    /** Null: it is not traced. */
    trace: RequestTrace | null
  }
}

const quietRoutes = new Set(['/livez', '/readyz', '/health', '/metrics'])

/**
 * One log line and one observation a request, at its end. The route's pattern stands for the URL, which a caller may
 * fill with anything. Probes, scrapes and the parts of a page are logged at `debug`, as they
 * would drown the rest.
 */
export function registerRequestLog(
  app: App,
  { observer, startTrace, clock }: Pick<Dependencies, 'observer' | 'startTrace' | 'clock'>,
): void {
  const started = new WeakMap<FastifyRequest, number>()
  app.decorateRequest('failure', null)
  app.decorateRequest('observer')
  app.decorateRequest('trace', null)

  /** Lines of a traced request name its trace. */
  function begin(request: FastifyRequest): void {
    const { routeOptions, method, headers } = request
    const route = routeOptions.url ?? 'none'
    const parent = headers['traceparent']
    const trace = quietRoutes.has(route) ? null : (startTrace?.({ method, route, parent: parent?.toString() }) ?? null)
    request.trace = trace
    request.observer = trace === null ? observer : trace.over(observer)
    if (trace !== null) request.log = request.log.child({ trace_id: trace.id })
  }

  function ended(request: FastifyRequest, status: number): void {
    const ms = clock() - (started.get(request) ?? clock())
    const route = request.routeOptions.url ?? 'none'
    // A request that is refused before anybody looked who asks has no caller.
    const key = (request.caller as Caller | undefined)?.name ?? 'stranger'
    const event = { route, method: request.method, status, code: request.failure, key }
    observer.requestEnded({ ...event, seconds: ms / 1000 })
    request.trace?.ended({ ...event, seconds: ms / 1000 })
    const line = { ...event, code: event.code ?? undefined, ms: Math.round(ms * 10) / 10 }
    if (quietRoutes.has(event.route) || event.route.startsWith('/console/')) request.log.debug(line, 'request')
    else request.log.info(line, 'request')
  }

  app.addHook('onRequest', async (request, reply) => {
    started.set(request, clock())
    begin(request)
    reply.header('x-request-id', request.id)
    // Not onResponse, which doesn't run when a client goes away.
    reply.raw.once('close', () => {
      const complete = reply.raw.writableEnded
      if (!complete) request.failure ??= 'client_closed'
      ended(request, complete ? reply.statusCode : 499)
    })
  })
}
