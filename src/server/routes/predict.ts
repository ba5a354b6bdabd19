import { planPredict } from '../../ensemble/plan.ts'
import { promptBytes, readingCost } from '../admission/cost.ts'
import type { App } from '../app.ts'
import type { AskingDependencies } from '../dependencies.ts'
import { toAskedEnsemble } from '../wire/diagnostics.ts'
import { errorResponses } from '../wire/error.ts'
import { predictBody, prediction } from '../wire/prediction.ts'

export function predictRoute(app: App, dependencies: AskingDependencies): void {
  const { admit, predict, clock, now, newId } = dependencies
  const schema = {
    summary: 'What comes next',
    description: "The distribution of the next byte after a text: the ensemble's, and every member's.",
    tags: ['Tutti'],
    body: predictBody,
    response: { 200: prediction, ...errorResponses },
  }
  app.post('/v1/predict', { schema }, async (request, reply) => {
    const { model, prompt, top, words, ensemble } = request.body
    const { diagnostics } = ensemble
    const asked = { model, prompt, top, words, diagnostics, ...toAskedEnsemble(ensemble) }
    const plan = planPredict(request.directory, asked)
    const work = { cost: readingCost(plan), costParam: 'prompt', promptBytes: promptBytes(plan), promptParam: 'prompt' }
    await admit(request, reply, work)
    const found = await predict(plan, { signal: request.ending, observer: request.observer, clock })
    return {
      id: `pred-${newId()}`,
      object: 'prediction' as const,
      created: Math.floor(now()),
      model,
      symbols: found.symbols,
      words: found.words,
      entropy: found.entropy,
      certified: found.certified,
      members: found.members,
      usage: { prompt_tokens: found.usage.promptTokens, total_tokens: found.usage.promptTokens },
      ...(found.diagnosis === null ? {} : { ensemble: found.diagnosis }),
    }
  })
}
