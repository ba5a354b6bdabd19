import { z } from 'zod'
import { chatBody, chatChunks } from './kit/chat-completions.ts'
import { event } from './kit/twin.ts'
import type { TwinCall } from './kit/twin-call.ts'
import { isText, refusal, refuseLists, textContext } from './openai-steps.ts'

// `POST /v1/chat/completions`, after the sources that openai.ts names.

const bytesOf = (bytes: Uint8Array) => (isText(bytes) ? [...bytes] : null)

export async function chat(call: TwinCall, manner: { readonly reasons?: 400 | 403 }): Promise<void> {
  const parsed = chatBody.safeParse(call.body)
  if (!parsed.success) return call.json(refusal(400, z.prettifyError(parsed.error)), 400)
  const body = parsed.data
  if (manner.reasons && body.logprobs) return refuseLists(call, manner.reasons)
  if (body.top_logprobs > 20) return call.json(refusal(400, 'must be at most 20', null, 'top_logprobs'), 400)
  if (body.stop.length > 4) return call.json(refusal(400, 'must have at most 4 strings', null, 'stop'), 400)
  const context = textContext(call.model, body.messages.map(({ role, content }) => `${role}: ${content}\n`).join(''))
  return call.stream('text/event-stream', event, chatChunks(call, context, body, { bytesOf, strays: true }))
}
