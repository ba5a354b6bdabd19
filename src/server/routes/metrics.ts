import { z } from 'zod'
import type { App } from '../app.ts'
import type { Dependencies } from '../dependencies.ts'
import { errorResponses } from '../wire/error.ts'

export function metricsRoute(app: App, { metrics }: Dependencies): void {
  const text = { description: "Prometheus' text format.", content: { 'text/plain': { schema: z.string() } } }
  const schema = { summary: 'Metrics', tags: ['Operation'], response: { 200: text, ...errorResponses } }
  app.get('/metrics', { schema }, async (_request, reply) => {
    const { contentType, body } = await metrics()
    return reply.header('content-type', contentType).serializer(String).send(body)
  })
}
