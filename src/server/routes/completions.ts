import { z } from 'zod'
import { planText } from '../../ensemble/answer/plan-text.ts'
import type { App } from '../app.ts'
import { answer } from '../completion/answer.ts'
import { completionShape } from '../completion/answer-shape.ts'
import type { AskingDependencies } from '../dependencies.ts'
import { completion } from '../wire/completion.ts'
import { choicesPerPrompt, completionBody, toCompletionRequests } from '../wire/completion-request.ts'
import { errorResponses } from '../wire/error.ts'

export function completionsRoute(app: App, dependencies: AskingDependencies): void {
  const { now, newId, randomSeed } = dependencies
  const schema = {
    summary: 'Continue a text',
    description:
      "OpenAI's completions. With `stream` the answer is server-sent events, each one a chunk, then `[DONE]`.",
    tags: ['OpenAI'],
    body: completionBody,
    response: {
      200: {
        description: 'The completion, or its chunks.',
        content: {
          'application/json': { schema: completion },
          'text/event-stream': { schema: z.string() },
        },
      },
      ...errorResponses,
    },
  }
  app.post('/v1/completions', { schema }, async (request, reply) => {
    const { body, directory } = request
    const seed = body.seed ?? randomSeed()
    const asked = {
      shape: completionShape,
      plans: toCompletionRequests(body).map((one) => planText(directory, one, seed)),
      generated: choicesPerPrompt(body),
      answered: body.n ?? 1,
      promptParam: 'prompt',
      choicesParam: body.best_of == null ? 'n' : 'best_of',
      maxTokensParam: 'max_tokens',
      stream: body.stream ?? false,
      includeUsage: body.stream_options?.include_usage ?? false,
      logprobs: body.logprobs != null,
      detailed: body.ensemble.diagnostics === 'steps',
      head: { id: `${completionShape.idPrefix}-${newId()}`, created: Math.floor(now()), model: body.model, seed },
    }
    return answer(asked, request, reply, dependencies)
  })
}
