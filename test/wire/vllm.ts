import { z } from 'zod'
import { chatBody, chatChunks } from './kit/chat-completions.ts'
import { render } from './kit/chat-template.ts'
import { event, type Protocol } from './kit/twin.ts'
import type { TwinCall } from './kit/twin-call.ts'
import type { Ranked, TwinModel } from './kit/twin-model.ts'

// vLLM's OpenAI-compatible server, after recorded answers of 0.32.0 (test/members/vllm/fixtures, docs/wire-notes.md). Not
// recorded: how a stream says that it failed, which is after vllm/entrypoints/openai/serving_completion.py.

const prompt = z.union([z.string(), z.array(z.int()).min(1), z.array(z.array(z.int()).min(1)).min(1)])

const completionBody = z.looseObject({
  model: z.string().nullish(),
  prompt,
  max_tokens: z.int().min(1).default(16),
  temperature: z.number().nullish(),
  logprobs: z.int().min(0).nullish(),
  prompt_logprobs: z.int().min(0).nullish(),
  stream: z.boolean().default(false),
  stream_options: z.object({ include_usage: z.boolean() }).optional(),
  ignore_eos: z.boolean().default(false),
  return_tokens_as_token_ids: z.boolean().default(false),
})

const tokenizeBody = z.looseObject({
  model: z.string().nullish(),
  prompt: z.string().optional(),
  messages: z.array(z.object({ role: z.string(), content: z.string() })).optional(),
  add_special_tokens: z.boolean().optional(),
  continue_final_message: z.boolean().default(false),
})

/** `--max-logprobs`. */
export const maxLogprobs = 20

type Body = z.infer<typeof completionBody>

/** A special token's name, which `/tokenize` takes for the token also in a text of a user's. */
const endName = '<|endoftext|>'

const names: Readonly<Record<number, string>> = { 400: 'BadRequestError', 404: 'NotFoundError' }

function refusal(code: number, message: string) {
  return { error: { message, type: names[code] ?? 'InternalServerError', param: null, code } }
}

/** Without ids equal decoded texts overwrite each other. */
function keyOf({ vocabulary }: TwinModel, id: number, asIds: boolean): string {
  return asIds ? `token_id:${id}` : wholeText(vocabulary.bytes[id]!)
}

/** A token that is no whole character has no text at all. */
function wholeText(bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes)
  return text.includes('\ufffd') ? '' : text
}

/** The sampled token first: up to k + 1 entries. −∞ is −9999. */
function logprobsOf(model: TwinModel, token: number, list: readonly Ranked[], asIds: boolean) {
  const finite = (logProb: number) => (Number.isFinite(logProb) || Number.isNaN(logProb) ? logProb : -9999)
  const own = list.find(({ id }) => id === token)
  const entries = [...(own ? [own] : []), ...list.filter((one) => one !== own)]
  return {
    tokens: [keyOf(model, token, asIds)],
    token_logprobs: [own === undefined ? null : finite(own.logProb)],
    top_logprobs: [Object.fromEntries(entries.map(({ id, logProb }) => [keyOf(model, id, asIds), finite(logProb)]))],
    text_offset: [0],
  }
}

interface Choice {
  readonly token: number
  readonly list: Ranked[]
  readonly finish_reason: string | null
}

async function* steps(call: TwinCall, context: readonly number[], body: Body): AsyncGenerator<Choice> {
  const { vocabulary } = call.model
  const tokens = [...context]
  // Clamped in silence to what the context leaves.
  const most = Math.min(body.max_tokens, call.model.contextLength - context.length)
  for (let made = 1; made <= most; made++) {
    const list = await call.list(tokens, body.logprobs ?? 0)
    // A request that says nothing of temperature gets that of generation_config, which is not greedy.
    const token = body.temperature === 0 ? await call.choice(tokens) : (await call.list(tokens, 2))[1]!.id
    const ends = vocabulary.end.has(token) && !body.ignore_eos
    yield { token, list, finish_reason: ends ? 'stop' : made === most ? 'length' : null }
    if (ends) return
    tokens.push(token)
  }
}

function toChoice({ model }: TwinCall, index: number, { token, list, finish_reason }: Choice, body: Body) {
  const logprobs = body.logprobs ? logprobsOf(model, token, list, body.return_tokens_as_token_ids) : null
  const text = wholeText(model.vocabulary.bytes[token]!)
  return { index, text, logprobs, finish_reason, stop_reason: null, token_ids: null }
}

async function* chunks(call: TwinCall, context: readonly number[], body: Body) {
  const about = { id: 'cmpl-1', object: 'text_completion', created: 1, model: call.model.name }
  for await (const step of steps(call, context, body)) yield { ...about, choices: [toChoice(call, 0, step, body)] }
  const usage = { prompt_tokens: context.length, total_tokens: context.length }
  if (body.stream_options?.include_usage) yield { ...about, choices: [], usage }
  yield '[DONE]'
}

async function wholeChoice(call: TwinCall, index: number, context: readonly number[], body: Body) {
  const told = []
  for await (const step of steps(call, context, body)) told.push(toChoice(call, index, step, body))
  const lists = told.flatMap(({ logprobs }) => (logprobs === null ? [] : [logprobs]))
  const joined = {
    tokens: lists.flatMap(({ tokens }) => tokens),
    token_logprobs: lists.flatMap((one) => one.token_logprobs),
    top_logprobs: lists.flatMap((one) => one.top_logprobs),
    text_offset: lists.flatMap((one) => one.text_offset),
  }
  const along = body.prompt_logprobs ? await promptLists(call, context, body.prompt_logprobs) : null
  return {
    ...told.at(-1),
    text: told.map(({ text }) => text).join(''),
    logprobs: body.logprobs ? joined : null,
    prompt_logprobs: along,
  }
}

/** The token of the prompt first, then the k likeliest; nothing for the first token. */
async function promptLists(call: TwinCall, context: readonly number[], k: number) {
  const lists: (object | null)[] = [null]
  for (let at = 1; at < context.length; at++) {
    const all = await call.list(context.slice(0, at), call.model.vocabulary.size)
    const own = all.findIndex(({ id }) => id === context[at])
    const entries = [all[own]!, ...all.slice(0, k)].map(({ id, logProb }) => [
      String(id),
      { logprob: logProb, rank: 1 },
    ])
    lists.push(Object.fromEntries(entries))
  }
  return lists
}

function contextsOf({ model }: TwinCall, given: z.infer<typeof prompt>): number[][] {
  if (typeof given === 'string')
    return [[...(model.beginning === null ? [] : [model.beginning]), ...model.encode(given)]]
  return typeof given[0] === 'number' ? [given as number[]] : (given as number[][])
}

async function completions(call: TwinCall): Promise<void> {
  const parsed = completionBody.safeParse(call.body)
  const refuse = (status: number, message: string) => call.json(refusal(status, message), status)
  if (!parsed.success) return refuse(400, z.prettifyError(parsed.error))
  const body = parsed.data
  if (body.model && body.model !== call.model.name) return refuse(404, `The model \`${body.model}\` does not exist.`)
  for (const [name, asked] of [
    ['sample', body.logprobs],
    ['prompt', body.prompt_logprobs],
  ] as const) {
    if ((asked ?? 0) > maxLogprobs) {
      return refuse(
        400,
        `Requested ${name} logprobs of ${asked}, which is greater than max allowed: ${maxLogprobs} (parameter=logprobs, value=${asked})`,
      )
    }
  }
  const contexts = contextsOf(call, body.prompt)
  const limit = call.model.contextLength
  const long = contexts.find(({ length }) => length >= limit)
  if (long?.length === limit) return refuse(400, 'max_tokens must be at least 1, got 0')
  if (long !== undefined) {
    return refuse(
      400,
      `This model's maximum context length is ${limit} tokens. However, your prompt contains ${long.length} input tokens, please reduce it.`,
    )
  }
  const stranger = contexts.flat().find((id) => id >= call.model.vocabulary.size)
  if (stranger !== undefined) return refuse(400, `Token id ${stranger} is out of vocabulary`)
  if (body.stream) return call.stream('text/event-stream', event, chunks(call, contexts[0]!, body))
  const choices = await Promise.all(contexts.map((context, index) => wholeChoice(call, index, context, body)))
  const prompt_tokens = contexts.reduce((sum, { length }) => sum + length, 0)
  const usage = { prompt_tokens, completion_tokens: contexts.length }
  return call.json({ id: 'cmpl-1', object: 'text_completion', model: call.model.name, choices, usage })
}

function withNames({ vocabulary, encode }: TwinModel, text: string): number[] {
  const [end] = vocabulary.end
  const parts = text.split(endName)
  return parts.flatMap((part, i) => [...(i > 0 ? [end!] : []), ...(part === '' ? [] : encode(part))])
}

async function tokenize(call: TwinCall): Promise<void> {
  const body = tokenizeBody.parse(call.body)
  const { model } = call
  const text = body.messages === undefined ? (body.prompt ?? '') : render(body.messages, body.continue_final_message)
  // True for a prompt, false for messages: a rendered template has its own.
  const special = body.add_special_tokens ?? body.messages === undefined
  const tokens = [...(special && model.beginning !== null ? [model.beginning] : []), ...withNames(model, text)]
  return call.json({ count: tokens.length, max_model_len: model.contextLength, tokens, token_strs: null })
}

/** Bytes of decoded text: lossy. */
const lossyBytes = (bytes: Uint8Array) => [...Buffer.from(new TextDecoder().decode(bytes))]

const chatFlags = z.object({ add_generation_prompt: z.boolean().default(true), continue_final_message: z.boolean() })

async function chat(call: TwinCall): Promise<void> {
  const body = chatBody.parse(call.body)
  const refuse = (status: number, message: string) => call.json(refusal(status, message), status)
  const flags = chatFlags.parse(call.body)
  if (flags.add_generation_prompt && flags.continue_final_message) {
    return refuse(400, 'Cannot set both `continue_final_message` and `add_generation_prompt` to True.')
  }
  if (body.top_logprobs > maxLogprobs) {
    return refuse(400, `Requested sample logprobs of ${body.top_logprobs}, which is greater than max allowed: 20`)
  }
  const context = withNames(call.model, render(body.messages, flags.continue_final_message))
  return call.stream('text/event-stream', event, chatChunks(call, context, body, { bytesOf: lossyBytes }))
}

export const vllm: Protocol = {
  kind: 'vllm',
  inference: ['POST /v1/completions', 'POST /v1/chat/completions'],
  badJson: 400,
  refusal,
  streamError: (message) => [event(JSON.stringify(refusal(500, message))), event('[DONE]')],
  routes: {
    'GET /v1/models': (call) => {
      const { name: id, contextLength: max_model_len } = call.model
      return call.json({ object: 'list', data: [{ id, object: 'model', owned_by: 'vllm', root: id, max_model_len }] })
    },
    'POST /tokenize': tokenize,
    'POST /v1/completions': completions,
    'POST /v1/chat/completions': chat,
  },
}
