import { z } from 'zod'
import { event } from './kit/twin.ts'
import type { TwinCall } from './kit/twin-call.ts'
import type { Ranked, TwinModel } from './kit/twin-model.ts'
import { isText, refusal, refuseLists, steps, textContext } from './openai-steps.ts'

// `POST /v1/chat/completions`, after the sources that openai.ts names.

const chatBody = z.object({
  model: z.string(),
  messages: z.array(z.object({ role: z.string(), content: z.string() })).min(1),
  max_completion_tokens: z.int().min(1).default(16),
  logprobs: z.boolean().default(false),
  top_logprobs: z.int().min(0).optional(),
  stream: z.boolean().default(false),
  stop: z.array(z.string()).max(4).optional(),
  stream_options: z.object({ include_usage: z.boolean() }).optional(),
})

function chatEntry({ vocabulary }: TwinModel, { id, logProb }: Ranked) {
  const bytes = vocabulary.bytes[id]!
  return { token: new TextDecoder().decode(bytes), logprob: logProb, bytes: isText(bytes) ? [...bytes] : null }
}

async function* chatChunks(call: TwinCall, context: readonly number[], body: z.infer<typeof chatBody>) {
  const about = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: call.model.name }
  const chunk = (delta: object, logprobs: object | null, finish_reason: string | null) => {
    return { ...about, choices: [{ index: 0, delta, logprobs, finish_reason }], obfuscation: 'aXr0' }
  }
  yield chunk({ role: 'assistant', content: '' }, body.logprobs ? { content: [] } : null, null)
  let made = 0
  let last: string | null = null
  for await (const step of steps(call, context, body.max_completion_tokens, 9_999, 0)) {
    last = step.finish
    made++
    if (step.finish === 'stop') break
    const own = step.list.find(({ id }) => id === step.token)
    if (own === undefined) throw new Error('the token is not listed')
    // Every second token is outside its own list.
    const others = made % 2 === 0 ? step.list.filter((one) => one !== own) : step.list
    const top_logprobs = others.slice(0, body.top_logprobs ?? 0).map((one) => chatEntry(call.model, one))
    const content = new TextDecoder().decode(call.model.vocabulary.bytes[step.token])
    const lists = body.logprobs ? { content: [{ ...chatEntry(call.model, own), top_logprobs }] } : null
    yield chunk({ content }, lists, null)
  }
  yield chunk({}, null, last)
  const usage = { prompt_tokens: context.length, completion_tokens: made, total_tokens: context.length + made }
  if (body.stream_options?.include_usage) yield { ...about, choices: [], usage }
  yield '[DONE]'
}

export async function chat(call: TwinCall, manner: { readonly reasons?: 400 | 403 }): Promise<void> {
  const parsed = chatBody.safeParse(call.body)
  if (!parsed.success) return call.json(refusal(400, z.prettifyError(parsed.error)), 400)
  const body = parsed.data
  if (manner.reasons && body.logprobs) return refuseLists(call, manner.reasons)
  if ((body.top_logprobs ?? 0) > 20) return call.json(refusal(400, 'must be at most 20', null, 'top_logprobs'), 400)
  const context = textContext(call.model, body.messages.map(({ role, content }) => `${role}: ${content}\n`).join(''))
  return call.stream('text/event-stream', event, chatChunks(call, context, body))
}
