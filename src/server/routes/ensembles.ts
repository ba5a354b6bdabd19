import { z } from 'zod'
import { noSuchModel } from '../../ensemble/directory.ts'
import type { App } from '../app.ts'
import { ensembleView, toEnsembleView } from '../wire/directory.ts'
import { errorResponses } from '../wire/error.ts'

/** What ensembles there are, with weights, capabilities and health of their members. */
export function ensemblesRoutes(app: App): void {
  const listed = z.object({ object: z.literal('list'), data: z.array(ensembleView) })
  app.get(
    '/v1/ensembles',
    { schema: { summary: 'List ensembles', tags: ['Tutti'], response: { 200: listed, ...errorResponses } } },
    async ({ directory }) => ({
      object: 'list' as const,
      data: [...directory.ensembles.values()].map((ensemble) => toEnsembleView(ensemble, directory.state)),
    }),
  )

  const response = { 200: ensembleView, ...errorResponses }
  const schema = { summary: 'One ensemble', tags: ['Tutti'], params: z.object({ name: z.string() }), response }
  app.get('/v1/ensembles/:name', { schema }, async ({ params: { name }, directory }) => {
    const ensemble = directory.ensembles.get(name)
    if (ensemble) return toEnsembleView(ensemble, directory.state)
    throw noSuchModel(directory, name, 'name')
  })
}
