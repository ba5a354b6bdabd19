import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { jsonSchemaTransform } from 'fastify-type-provider-zod'
import type { App } from './app.ts'

type Transform = typeof jsonSchemaTransform

/** Routes that are open to everybody say so; all others want a key where keys are configured. */
const describeRoute: Transform = (route) => {
  const { schema, url } = jsonSchemaTransform(route)
  const isOpen = route.route.config?.open === true
  return { url, schema: isOpen ? { ...schema, security: [] } : schema }
}

/** The OpenAPI document of the routes that are registered behind this, and its pages at `/docs`. */
export async function registerOpenApi(app: App, version: string): Promise<void> {
  const description = 'Where keys are configured.'
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Tutti', version, description: 'One prediction out of many live language models.' },
      components: { securitySchemes: { key: { type: 'http', scheme: 'bearer', description } } },
      security: [{ key: [] }, {}],
    },
    transform: describeRoute,
  })
  await app.register(swaggerUi, { routePrefix: '/docs', staticCSP: true })
}
