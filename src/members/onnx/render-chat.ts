import { TuttiError } from '../../errors.ts'
import type { ChatMessage } from '../member.ts'
import { checkShape } from '../shared/check-shape.ts'
import type { HttpClient } from '../shared/http-client.ts'
import type { ChatBody } from '../shared/worker-wire.ts'
import type { Known } from './meet-worker.ts'
import { chatSchema } from './wire-schemas.ts'

/** @throws TuttiError `unsupported_parameter` for a model without a chat template. */
export async function renderChat(
  http: HttpClient,
  member: string,
  { path, model, chatTemplate }: Known,
  messages: readonly ChatMessage[],
  signal: AbortSignal,
): Promise<Int32Array> {
  if (!chatTemplate) {
    const message = `${member}: ${model} has no chat template: it takes texts, not messages`
    throw new TuttiError('unsupported_parameter', message, { member, param: 'messages' })
  }
  const body: ChatBody = {
    messages: messages.map(({ role, content }) => ({ role, content })),
    add_generation_prompt: messages.at(-1)?.role !== 'assistant',
  }
  const { tokens } = checkShape(chatSchema, await http.post(`${path}/chat`, body, signal), member, 'the chat')
  return Int32Array.from(tokens)
}
