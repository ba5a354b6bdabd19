import { z } from 'zod'
import { event, type Protocol } from './kit/twin.ts'
import type { TwinCall } from './kit/twin-call.ts'
import type { Ranked, TwinModel } from './kit/twin-model.ts'

// OpenAI's API. Not recorded: after its reference ("Completions (legacy)", "Chat Completions", "Models", "Error codes"); that the
// sampled token may be outside its list, that the first chunk may hold an empty list, `obfuscation` and null bytes, after
// streams that others recorded.

const completionBody = z.object({
  model: z.string(),
  prompt: z.union([z.string(), z.array(z.int()).min(1), z.array(z.array(z.int()).min(1)).min(1)]),
  max_tokens: z.int().min(1).default(16),
  temperature: z.number().default(1),
  logprobs: z.int().min(0).nullish(),
  stream: z.boolean().default(false),
})

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

export interface OpenaiManner {
  /** How a token that is no whole character is named where tokens are keys: OpenAI escapes it, others replace it. */
  readonly broken?: 'escaped' | 'replaced'
  /** A reasoning model refuses log-probabilities, by one status or the other. */
  readonly reasons?: 400 | 403
}

const end = '<|endoftext|>'

function refusal(status: number, message: string, code: string | null = null, param: string | null = null) {
  const type = status === 429 ? 'insufficient_quota' : status >= 500 ? 'server_error' : 'invalid_request_error'
  return { error: { message, type, param, code } }
}

function isText(bytes: Uint8Array): boolean {
  return !new TextDecoder().decode(bytes).includes('\ufffd')
}

function nameOf({ vocabulary }: TwinModel, id: number, broken: OpenaiManner['broken']): string {
  const bytes = vocabulary.bytes[id]!
  if (vocabulary.end.has(id)) return end
  if (isText(bytes) || broken === 'replaced') return new TextDecoder().decode(bytes)
  return `bytes:${[...bytes].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')}`
}

interface Step {
  readonly token: number
  readonly list: Ranked[]
  readonly finish: string | null
}

/** Greedy at temperature 0 alone; else the second likeliest stands for chance. */
async function* steps(call: TwinCall, context: readonly number[], most: number, k: number, temperature: number) {
  const tokens = [...context]
  for (let made = 1; made <= most; made++) {
    const list = await call.list(tokens, k)
    const token = temperature === 0 ? await call.choice(tokens) : (await call.list(tokens, 2)).at(-1)?.id
    if (token === undefined) throw new Error('nothing to sample from')
    const ends = call.model.vocabulary.end.has(token)
    yield { token, list, finish: ends ? 'stop' : made === most ? 'length' : null } satisfies Step
    if (ends) return
    tokens.push(token)
  }
}

const finite = (logProb: number) => (Number.isNaN(logProb) ? null : Math.max(logProb, -9999))

/** The legacy shape. Of equal texts the last is kept; the sampled token is in the list in any case. */
async function legacyLists(call: TwinCall, { token, list }: Step, broken: OpenaiManner['broken'], context: number[]) {
  const own = list.find(({ id }) => id === token) ?? (await call.list(context, 9_999)).find(({ id }) => id === token)
  const entries = [...list, ...(own && !list.includes(own) ? [own] : [])]
  return {
    tokens: [nameOf(call.model, token, broken)],
    token_logprobs: [own === undefined ? null : finite(own.logProb)],
    top_logprobs: [
      Object.fromEntries(entries.map(({ id, logProb }) => [nameOf(call.model, id, broken), finite(logProb)])),
    ],
    text_offset: [0],
  }
}

async function* completionChunks(
  call: TwinCall,
  context: readonly number[],
  body: z.infer<typeof completionBody>,
  { broken }: OpenaiManner,
) {
  const about = { id: 'cmpl-1', object: 'text_completion', created: 1, model: call.model.name }
  const tokens = [...context]
  for await (const step of steps(call, context, body.max_tokens, body.logprobs ?? 0, body.temperature)) {
    const logprobs = body.logprobs ? await legacyLists(call, step, broken, tokens) : null
    const text = new TextDecoder().decode(call.model.vocabulary.bytes[step.token])
    tokens.push(step.token)
    yield { ...about, choices: [{ text, index: 0, logprobs, finish_reason: step.finish }] }
  }
  yield '[DONE]'
}

function contextsOf({ model }: TwinCall, given: z.infer<typeof completionBody>['prompt']): number[][] {
  if (typeof given === 'string') return [textContext(model, given)]
  return typeof given[0] === 'number' ? [given as number[]] : (given as number[][])
}

function textContext(model: TwinModel, text: string): number[] {
  return [...(model.beginning === null ? [] : [model.beginning]), ...model.encode(text)]
}

async function completions(call: TwinCall, manner: OpenaiManner): Promise<void> {
  const parsed = completionBody.safeParse(call.body)
  const refuse = (...given: Parameters<typeof refusal>) => call.json(refusal(...given), given[0])
  if (!parsed.success) return refuse(400, z.prettifyError(parsed.error))
  const body = parsed.data
  if (body.model !== call.model.name)
    return refuse(404, `The model \`${body.model}\` does not exist`, 'model_not_found')
  if ((body.logprobs ?? 0) > 5) return refuse(400, 'logprobs must be at most 5', null, 'logprobs')
  if (manner.reasons && body.logprobs) return refuseLists(call, manner.reasons)
  const contexts = contextsOf(call, body.prompt)
  const limit = call.model.contextLength
  if (contexts.some(({ length }) => length + body.max_tokens > limit)) {
    return refuse(400, `This model's maximum context length is ${limit} tokens`, 'context_length_exceeded', 'messages')
  }
  if (body.stream) return call.stream('text/event-stream', event, completionChunks(call, contexts[0]!, body, manner))
  const choices = await Promise.all(
    contexts.map(async (context, index) => {
      for await (const step of steps(call, context, 1, body.logprobs ?? 0, body.temperature)) {
        return {
          index,
          text: '',
          logprobs: await legacyLists(call, step, manner.broken, context),
          finish_reason: 'length',
        }
      }
      throw new Error('no step')
    }),
  )
  // In any order: the index tells.
  return call.json({ id: 'cmpl-1', object: 'text_completion', model: call.model.name, choices: choices.reverse() })
}

function refuseLists(call: TwinCall, status: 400 | 403): Promise<void> {
  const message =
    status === 403 ? 'You are not allowed to request logprobs from this model' : 'logprobs are not supported'
  return call.json(refusal(status, message, null, status === 400 ? 'logprobs' : null), status)
}

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

async function chat(call: TwinCall, manner: OpenaiManner): Promise<void> {
  const parsed = chatBody.safeParse(call.body)
  if (!parsed.success) return call.json(refusal(400, z.prettifyError(parsed.error)), 400)
  const body = parsed.data
  if (manner.reasons && body.logprobs) return refuseLists(call, manner.reasons)
  if ((body.top_logprobs ?? 0) > 20) return call.json(refusal(400, 'must be at most 20', null, 'top_logprobs'), 400)
  const context = textContext(call.model, body.messages.map(({ role, content }) => `${role}: ${content}\n`).join(''))
  return call.stream('text/event-stream', event, chatChunks(call, context, body))
}

export function openai(manner: OpenaiManner = {}): Protocol {
  return {
    kind: 'openai',
    inference: ['POST /v1/completions', 'POST /v1/chat/completions'],
    badJson: 400,
    refusal,
    streamError: (message) => [event(JSON.stringify(refusal(500, message)))],
    routes: {
      'GET /v1/models': (call) =>
        call.json({ object: 'list', data: [{ id: call.model.name, object: 'model', created: 1, owned_by: 'openai' }] }),
      'POST /v1/completions': (call) => completions(call, { broken: 'escaped', ...manner }),
      'POST /v1/chat/completions': (call) => chat(call, manner),
    },
  }
}
