import { z } from 'zod'
import { planText } from '../../ensemble/answer/plan-text.ts'
import type { App } from '../app.ts'
import { answer } from '../completion/answer.ts'
import { chatShape } from '../completion/answer-shape.ts'
import type { AskingDependencies } from '../dependencies.ts'
import { chatCompletion } from '../wire/chat-completion.ts'
import { chatBody, toChatRequest } from '../wire/chat-request.ts'
import { errorResponses } from '../wire/error.ts'

export function chatCompletionsRoute(app: App, dependencies: AskingDependencies): void {
  const { now, newId, randomSeed } = dependencies
  const schema = {
    summary: 'Answer a conversation',
    description:
      "OpenAI's chat completions. Every member renders the messages in its own template. With `stream` the answer is " +
      'server-sent events, each one a chunk, then `[DONE]`.',
    tags: ['OpenAI'],
    body: chatBody,
    response: {
      200: {
        description: 'The answer, or its chunks.',
        content: {
          'application/json': { schema: chatCompletion },
          'text/event-stream': { schema: z.string() },
        },
      },
      ...errorResponses,
    },
  }
  app.post('/v1/chat/completions', { schema }, async (request, reply) => {
    const { body, directory } = request
    const seed = body.seed ?? randomSeed()
    const shape = chatShape(body.top_logprobs ?? 0)
    const choices = body.n ?? 1
    const asked = {
      shape,
      plans: [planText(directory, toChatRequest(body), seed)],
      generated: choices,
      answered: choices,
      promptParam: 'messages',
      choicesParam: 'n',
      maxTokensParam: body.max_tokens == null ? 'max_completion_tokens' : 'max_tokens',
      stream: body.stream ?? false,
      includeUsage: body.stream_options?.include_usage ?? false,
      logprobs: body.logprobs ?? false,
      detailed: body.ensemble.diagnostics === 'steps',
      head: { id: `${shape.idPrefix}-${newId()}`, created: Math.floor(now()), model: body.model, seed },
    }
    return answer(asked, request, reply, dependencies)
  })
}
