import Fastify, { LogController } from 'fastify'
import { validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import { registerAccess } from './access/register-access.ts'
import { defineAdmit } from './admission/admit.ts'
import type { App } from './app.ts'
import { defineClientErrors } from './client-error.ts'
import { registerContentLog } from './content-log.ts'
import type { Dependencies } from './dependencies.ts'
import { registerErrorHandling, sendError } from './error-handling.ts'
import { registerRates } from './rates/register-rates.ts'
import { readJsonStrictly } from './read-json.ts'
import { registerOpenApi } from './register-openapi.ts'
import { requestId } from './request-id.ts'
import { registerRequestLog } from './request-log.ts'
import type { RouteList } from './route-list.ts'
import { chatCompletionsRoute } from './routes/chat-completions.ts'
import { classifyRoute } from './routes/classify.ts'
import { completionsRoute } from './routes/completions.ts'
import { consoleRoutes } from './routes/console.ts'
import { ensemblesRoutes } from './routes/ensembles.ts'
import { metricsRoute } from './routes/metrics.ts'
import { modelsRoutes } from './routes/models.ts'
import { openapiRoute } from './routes/openapi.ts'
import { predictRoute } from './routes/predict.ts'
import { healthRoute, livezRoute, readyzRoute } from './routes/probes.ts'
import { scoreRoute } from './routes/score.ts'
import { tokenizerRoutes } from './routes/tokenizer.ts'
import { registerSecurityHeaders } from './security-headers.ts'
import { toError } from './to-error.ts'

/** Milliseconds between looks at who takes longer than `receive_ms`. */
const lookMs = 500

/** The gateway's application, apart from listening: `inject` it in tests, `listen` it in the composition root. */
export async function buildServer(dependencies: Dependencies): Promise<App> {
  const { logger, newId, gate, bodyLimitBytes, receiveMs, logContent, version } = dependencies
  const limits = { bodyLimitBytes }
  const clientErrors = defineClientErrors(receiveMs)
  const app: App = Fastify({
    loggerInstance: logger,
    // Fastify's own lines hold whole requests; request-log.ts writes ours.
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'request_id' }),
    genReqId: (raw) => requestId(raw, newId),
    bodyLimit: bodyLimitBytes,
    // Fastify's default is for ever; Node's is a minute for the headers, and it looks only every 30 s.
    requestTimeout: receiveMs,
    http: {
      requestTimeout: receiveMs,
      headersTimeout: receiveMs,
      connectionsCheckingInterval: Math.min(receiveMs, lookMs),
    },
    routerOptions: { maxParamLength: 256 },
    clientErrorHandler: clientErrors.answer,
    frameworkErrors: (error, request, reply) => void sendError(toError(error, limits), request, reply),
    // Idle keep-alive connections would hold `close` up; streams get to end first.
    forceCloseConnections: 'idle',
  }).withTypeProvider<ZodTypeProvider>()

  app.addHook('onRequest', (request, reply, done) => {
    clientErrors.follow(request.raw, reply.raw)
    done()
  })
  app.setValidatorCompiler(validatorCompiler)
  // Answers are typed and built here; validating them once more would only turn a rounding slip into a 500.
  app.setSerializerCompiler(() => JSON.stringify)
  app.removeContentTypeParser('text/plain')
  readJsonStrictly(app)

  const routes: RouteList = []
  app.decorate('routeList', routes)
  app.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) routes.push({ method: one, url })
  })
  registerErrorHandling(app, routes, limits)
  registerSecurityHeaders(app)
  registerRequestLog(app, dependencies)
  registerAccess(app, dependencies)
  const admit = defineAdmit(gate, registerRates(app, dependencies))
  await registerOpenApi(app, version)
  if (logContent) registerContentLog(app)

  const asking = { ...dependencies, admit }
  completionsRoute(app, asking)
  chatCompletionsRoute(app, asking)
  predictRoute(app, asking)
  scoreRoute(app, asking)
  classifyRoute(app, asking)
  modelsRoutes(app, dependencies)
  ensemblesRoutes(app)
  tokenizerRoutes(app)
  livezRoute(app)
  healthRoute(app, dependencies)
  readyzRoute(app, dependencies)
  metricsRoute(app, dependencies)
  openapiRoute(app)
  if (dependencies.console) consoleRoutes(app)
  return app
}
