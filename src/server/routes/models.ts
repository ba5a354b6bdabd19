import { z } from 'zod'
import { findEnsemble, modelNames } from '../../ensemble/directory.ts'
import type { App } from '../app.ts'
import type { Dependencies } from '../dependencies.ts'
import { errorResponses } from '../wire/error.ts'

const model = z.object({ id: z.string(), object: z.literal('model'), created: z.int(), owned_by: z.literal('tutti') })

/** OpenAI's list of models: every ensemble, and every member of one alone. */
export function modelsRoutes(app: App, { now }: Dependencies): void {
  const created = Math.floor(now())
  const toModel = (id: string) => ({ id, object: 'model' as const, created, owned_by: 'tutti' as const })

  const list = {
    summary: 'List models',
    tags: ['OpenAI'],
    response: { 200: z.object({ object: z.literal('list'), data: z.array(model) }), ...errorResponses },
  }
  app.get('/v1/models', { schema: list }, async ({ directory }) => ({
    object: 'list' as const,
    data: modelNames(directory).map(toModel),
  }))

  const response = { 200: model, ...errorResponses }
  const one = { summary: 'One ensemble as a model', tags: ['OpenAI'], params: z.object({ id: z.string() }), response }
  app.get('/v1/models/:id', { schema: one }, async ({ directory, params: { id } }) =>
    toModel(findEnsemble(directory, id).ensemble.name),
  )

  const params = z.object({ id: z.string(), member: z.string() })
  const alone = { summary: 'One member as a model', tags: ['OpenAI'], params, response }
  app.get('/v1/models/:id/:member', { schema: alone }, async ({ directory, params: { id, member } }) => {
    return toModel(findEnsemble(directory, `${id}/${member}`).ensemble.name)
  })
}
