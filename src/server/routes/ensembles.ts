import { z } from 'zod'
import { TuttiError } from '../../errors.ts'
import type { App } from '../app.ts'
import type { Dependencies } from '../dependencies.ts'
import { ensembleView, toEnsembleView } from '../wire/directory.ts'
import { errorResponses } from '../wire/error.ts'

/** What ensembles there are, with weights, capabilities and health of their members. */
export function ensemblesRoutes(app: App, { directory }: Dependencies): void {
  const state = (memberId: string) => directory.state(memberId)

  const listed = z.object({ object: z.literal('list'), data: z.array(ensembleView) })
  app.get(
    '/v1/ensembles',
    { schema: { summary: 'List ensembles', tags: ['Tutti'], response: { 200: listed } } },
    async () => ({
      object: 'list' as const,
      data: [...directory.ensembles.values()].map((ensemble) => toEnsembleView(ensemble, state)),
    }),
  )

  const response = { 200: ensembleView, ...errorResponses }
  const schema = { summary: 'One ensemble', tags: ['Tutti'], params: z.object({ name: z.string() }), response }
  app.get('/v1/ensembles/:name', { schema }, async (request) => {
    const { name } = request.params
    const ensemble = directory.ensembles.get(name)
    if (ensemble) return toEnsembleView(ensemble, state)
    const there = [...directory.ensembles.keys()].join(', ')
    throw new TuttiError('model_not_found', `there is no ensemble "${name}"; there is ${there}`, { param: 'name' })
  })
}
