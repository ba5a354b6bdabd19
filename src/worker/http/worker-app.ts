import Fastify, { type FastifyInstance } from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import { TuttiError } from '../../errors.ts'
import { bytesRoute } from './bytes-route.ts'
import { chatRoute } from './chat-route.ts'
import { continueRoute } from './continue-route.ts'
import { handleErrors } from './errors.ts'
import { inferRoute } from './infer-route.ts'
import { scoreRoute } from './score-route.ts'
import type { Service } from './service.ts'
import { modelRoutes, serverRoutes } from './status-routes.ts'
import { vocabularyRoutes } from './vocabulary-routes.ts'

/** The worker's HTTP server, not yet listening. `bodyLimit` is in bytes. */
export function buildWorkerApp(service: Service, bodyLimit: number): FastifyInstance {
  const app = Fastify({
    bodyLimit,
    // Longer than any client pool keeps a connection, so that the server is never the one that closes first.
    keepAliveTimeout: 75_000,
    requestTimeout: 60_000,
    forceCloseConnections: true,
  })
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  handleErrors(app)
  serverRoutes(app, service)
  app.register(
    (model, _options, done) => {
      model.addHook('onRequest', async (request) => {
        const { model: name } = request.params as { model: string }
        if (name === service.name) return
        throw new TuttiError('model_not_found', `there is no model ${name} here; this worker serves ${service.name}`)
      })
      model.register(modelRoutes(service))
      model.register(vocabularyRoutes(service))
      model.register(bytesRoute(service))
      model.register(chatRoute(service))
      model.register(continueRoute(service))
      model.register(scoreRoute(service))
      model.register(inferRoute(service))
      done()
    },
    { prefix: '/v2/models/:model' },
  )
  return app
}
