import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { TuttiError } from '../../errors.ts'
import type { ChatAnswer } from '../../members/shared/worker-wire.ts'
import { renderChat } from '../model/chat-tokens.ts'
import type { Service } from './service.ts'

const body = z.strictObject({
  messages: z.array(z.strictObject({ role: z.string(), content: z.string() })).min(1),
  add_generation_prompt: z.boolean().optional(),
})

/** `POST …/chat`: messages to the tokens of the model's own chat template. */
export function chatRoute({ name, chat, contextLength }: Service): FastifyPluginCallbackZod {
  return (app, _options, done) => {
    app.post('/chat', { schema: { body } }, (request, reply) => {
      const { messages, add_generation_prompt: asked } = request.body
      const param = 'messages'
      if (chat === null) {
        const message = `${name} has no chat template: it takes texts, not messages`
        throw new TuttiError('unsupported_parameter', message, { param })
      }
      const { text, tokens } = renderChat(chat, messages, asked ?? messages.at(-1)?.role !== 'assistant')
      if (tokens.length === 0) throw new TuttiError('invalid_request', `${param}: hold no token`, { param })
      if (tokens.length > contextLength) {
        const message = `${param}: ${tokens.length} tokens are more than the model's ${contextLength}`
        throw new TuttiError('context_length_exceeded', message, { param })
      }
      return reply.send({ tokens: Array.from(tokens), text } satisfies ChatAnswer)
    })
    done()
  }
}
