import { type ClassifyPlan, planClassify } from '../../ensemble/classify/plan-classify.ts'
import { promptBytes, textCost } from '../admission/cost.ts'
import type { App } from '../app.ts'
import type { AskingDependencies } from '../dependencies.ts'
import { classifications, toResult } from '../wire/classify-answer.ts'
import { classifyBody, toClassifyRequest } from '../wire/classify-request.ts'
import { errorResponses } from '../wire/error.ts'

export function classifyRoute(app: App, dependencies: AskingDependencies): void {
  const { admit, classify, clock, now, newId } = dependencies
  const schema = {
    summary: 'Choose a label',
    description:
      "How likely each of given labels is after a text or a conversation: the ensemble's view, and every member's.",
    tags: ['Tutti'],
    body: classifyBody,
    response: { 200: classifications, ...errorResponses },
  }
  app.post('/v1/classify', { schema }, async (request, reply) => {
    const { body } = request
    const plan = planClassify(request.directory, toClassifyRequest(body))
    const param = body.inputs === undefined ? 'input' : 'inputs'
    const bytes = bytesOf(plan)
    const cost = textCost(bytes, plan.present.length)
    const { limits } = request.settings
    const counts = [
      { param, value: plan.prompts.length, most: limits.prompts },
      { param: 'labels', value: plan.labels.length, most: limits.labels },
    ]
    await admit(request, reply, { cost, costParam: param, promptBytes: bytes, promptParam: param, counts })
    const found = await classify(plan, { signal: request.ending, observer: request.observer, clock })
    const ensemble = plan.diagnostics === 'none' ? null : plan.ensemble.name
    return {
      id: `class-${newId()}`,
      object: 'classification' as const,
      created: Math.floor(now()),
      model: body.model,
      pool: plan.pool,
      normalisation: plan.normalisation,
      results: found.map((one, index) => toResult(one, index, ensemble)),
      usage: { prompt_tokens: found.reduce((sum, { promptTokens }) => sum + promptTokens, 0) },
    }
  })
}

/** Bytes that are read for the request: every prompt, and the labels after it. */
function bytesOf({ prompts, baselines, texts }: ClassifyPlan): number {
  const labels = texts.reduce((sum, { length }) => sum + length, 0)
  return [...prompts, ...baselines].reduce((sum, prompt) => sum + promptBytes({ prompt }) + labels, 0)
}
