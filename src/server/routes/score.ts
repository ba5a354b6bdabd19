import { planFollow } from '../../ensemble/follow-text.ts'
import type { ScorePlan } from '../../ensemble/score.ts'
import { textCost } from '../admission/cost.ts'
import type { App } from '../app.ts'
import type { AskingDependencies } from '../dependencies.ts'
import { toAskedEnsemble } from '../wire/diagnostics.ts'
import { errorResponses } from '../wire/error.ts'
import { scoreBody, scores, toScore } from '../wire/score.ts'

export function scoreRoute(app: App, dependencies: AskingDependencies): void {
  const { admit, scoreTexts, clock, now, newId } = dependencies
  const schema = {
    summary: 'How likely texts are',
    description: "The log-probability of texts, or of continuations of prompts: the ensemble's, and every member's.",
    tags: ['Tutti'],
    body: scoreBody,
    response: { 200: scores, ...errorResponses },
  }
  app.post('/v1/score', { schema }, async (request, reply) => {
    const { model, texts, pairs, segments, ensemble } = request.body
    const param = texts === undefined ? 'pairs' : 'texts'
    const items = texts?.map((text) => ({ prompt: '', continuation: text })) ?? pairs ?? []
    const plans = items.map(({ prompt, continuation }, index): ScorePlan => {
      const { diagnostics } = ensemble
      const asked = { model, prompt, text: continuation, cut: segments, diagnostics, operation: 'score' as const }
      const plan = planFollow(request.directory, { ...asked, ...toAskedEnsemble(ensemble) })
      return Object.freeze({ ...plan, param: `${param}[${index}]` })
    })
    const bytes = plans.reduce((sum, plan) => sum + plan.prompt.text.length + plan.text.length, 0)
    const cost = textCost(bytes, plans[0]?.present.length ?? 0)
    const counts = [{ param, value: plans.length, most: request.settings.limits.prompts }]
    await admit(request, reply, { cost, costParam: param, promptBytes: bytes, promptParam: param, counts })
    const found = await scoreTexts(plans, { signal: request.ending, observer: request.observer, clock })
    return {
      id: `score-${newId()}`,
      object: 'score' as const,
      created: Math.floor(now()),
      model,
      scores: found.map(toScore),
      usage: {
        prompt_tokens: found.reduce((sum, { promptTokens }) => sum + promptTokens, 0),
        bytes: found.reduce((sum, one) => sum + one.bytes, 0),
      },
    }
  })
}
