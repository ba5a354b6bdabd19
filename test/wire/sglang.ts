import { z } from 'zod'
import { chatBody, chatChunks } from './kit/chat-completions.ts'
import { render } from './kit/chat-template.ts'
import { event, type Protocol } from './kit/twin.ts'
import type { TwinCall } from './kit/twin-call.ts'
import type { Ranked, TwinModel } from './kit/twin-model.ts'

// SGLang's native server, as 0.5.23 sent it (test/members/sglang/fixtures); what was not recorded is after
// python/sglang/srt/entrypoints/http_server.py, srt/managers/tokenizer_manager.py and the page "Sampling Parameters".

const ids = z.union([z.array(z.int()), z.array(z.array(z.int()).min(1))])

const generateBody = z.looseObject({
  input_ids: ids.optional(),
  text: z.string().optional(),
  sampling_params: z
    .looseObject({
      max_new_tokens: z.int().min(0).default(128),
      // What the model's generation_config says, when the call says nothing.
      temperature: z.number().default(0.7),
      top_k: z.int().default(-1),
      ignore_eos: z.boolean().default(false),
    })
    .prefault({}),
  return_logprob: z.boolean().default(false),
  logprob_start_len: z.int().default(-1),
  top_logprobs_num: z.int().min(0).default(0),
  return_text_in_logprobs: z.boolean().default(false),
  stream: z.boolean().default(false),
})

const tokenizeBody = z.looseObject({
  prompt: z.string().optional(),
  add_special_tokens: z.boolean().default(true),
  messages: z.array(z.object({ role: z.string(), content: z.string() })).optional(),
  continue_final_message: z.boolean().default(false),
})

type Body = z.infer<typeof generateBody>

/** What is wrong with a call of `/generate` itself. */
const wrongCall = (message: string) => ({ error: { message } })

/** The same under the status 200 of a stream. */
const wrongStream = (message: string) => ({
  error: { message, type: 'invalid_request_error', code: 400, retryable: false },
})

/** Tokens of the model's length that the scheduler gives to no context. */
const keptBack = 6

function refusal(code: number, message: string) {
  return { object: 'error', message, type: 'Bad Request', param: null, code }
}

/** The least float32: what a list of a call with temperature 0 holds but for the chosen token. */
const leastFloat = -3.4028234663852886e38

/** `[log-probability, id, text]`. */
function triple(call: TwinCall, { id, logProb }: Ranked, { return_text_in_logprobs: named, sampling_params }: Body) {
  const shown = sampling_params.temperature === 0 ? (logProb > -0.01 ? 0 : leastFloat) : logProb
  // Infinity and NaN have no JSON: null.
  return [shown, id, named ? new TextDecoder().decode(call.model.vocabulary.bytes[id]) : null]
}

type Triple = ReturnType<typeof triple>

/** A list without entries is null. */
function listOf(call: TwinCall, list: readonly Ranked[], body: Body): Triple[] | null {
  return list.length === 0 ? null : list.map((one) => triple(call, one, body))
}

interface Made {
  readonly ids: number[]
  readonly tokens: Triple[]
  readonly lists: (Triple[] | null)[]
  readonly finish: object | null
}

/** What the scheduler has made so far, after each token. */
async function* states(call: TwinCall, context: readonly number[], body: Body): AsyncGenerator<Made> {
  const { max_new_tokens: most, top_k, temperature, ignore_eos } = body.sampling_params
  const { end } = call.model.vocabulary
  const made: Made = { ids: [], tokens: [], lists: [], finish: null }
  if (most === 0) yield { ...made, finish: { type: 'length', length: 0 } }
  while (made.ids.length < most) {
    const tokens = [...context, ...made.ids]
    const list = await call.list(tokens, body.top_logprobs_num)
    const token = top_k === 1 || temperature === 0 ? await call.choice(tokens) : (await call.list(tokens, 2))[1]!.id
    made.ids.push(token)
    made.tokens.push(triple(call, list.find(({ id }) => id === token) ?? { id: token, logProb: -20 }, body))
    made.lists.push(listOf(call, list, body))
    const ends = end.has(token) && !ignore_eos
    const finish = ends
      ? { type: 'stop', matched: token }
      : made.ids.length === most
        ? { type: 'length', length: most }
        : null
    yield { ...made, finish }
    if (ends) return
  }
}

/** Lists along the prompt: nothing for the first token, and the last id of the vocabulary is called 0. */
async function inputLists(call: TwinCall, context: readonly number[], body: Body) {
  const start = body.logprob_start_len
  if (start < 0) return {}
  const { size } = call.model.vocabulary
  const tokens: Triple[] = [[null, context[start]!, null]]
  const lists: (Triple[] | null)[] = [null]
  for (let at = start + 1; at < context.length; at++) {
    const all = await call.list(context.slice(0, at), size)
    const own = all.find(({ id }) => id === context[at])!
    const named = own.id < size - 1 ? own.id : 0
    tokens.push(triple(call, { id: named, logProb: own.logProb }, body))
    lists.push(listOf(call, all.slice(0, body.top_logprobs_num), body))
  }
  return { input_token_logprobs: tokens, input_top_logprobs: lists }
}

function answer(call: TwinCall, context: readonly number[], body: Body, made: Made, input: object, from = 0) {
  const text = new TextDecoder().decode(
    Buffer.concat(made.ids.slice(from).map((id) => call.model.vocabulary.bytes[id]!)),
  )
  const logprobs = { output_token_logprobs: made.tokens.slice(from), output_top_logprobs: made.lists.slice(from) }
  return {
    text,
    output_ids: made.ids.slice(from),
    meta_info: {
      id: 'a1',
      finish_reason: made.finish,
      prompt_tokens: context.length,
      weight_version: 'default',
      completion_tokens: made.ids.length,
      cached_tokens: 0,
      ...(body.return_logprob ? { ...input, ...logprobs } : {}),
    },
  }
}

/** @param incremental as with `--incremental-streaming-output`; else every event repeats all that came before. */
async function* events(call: TwinCall, context: readonly number[], body: Body, incremental: boolean) {
  const input = await inputLists(call, context, body)
  for await (const made of states(call, context, body)) {
    yield answer(call, context, body, made, input, incremental ? made.ids.length - 1 : 0)
  }
  yield '[DONE]'
}

async function whole(call: TwinCall, context: readonly number[], body: Body) {
  let last: Made | null = null
  for await (const made of states(call, context, body)) last = made
  return answer(call, context, body, last!, await inputLists(call, context, body))
}

async function* failed(item: object) {
  yield item
  yield '[DONE]'
}

/** A context and what is to follow are held against the model's length, and a context alone against a shorter one. */
function tooLong({ contextLength }: TwinModel, length: number, { sampling_params }: Body): string | null {
  const whole = contextLength + keptBack
  const { max_new_tokens: most } = sampling_params
  if (length >= whole)
    return `The input (${length} tokens) is longer than the model's context length (${whole} tokens).`
  if (length + most > whole)
    return `Requested token count exceeds the model's maximum context length of ${whole} tokens.`
  if (length < contextLength) return null
  return `Input length (${length} tokens) exceeds the maximum allowed length (${contextLength} tokens).`
}

function generate(incremental: boolean) {
  return async (call: TwinCall): Promise<void> => {
    const parsed = generateBody.safeParse(call.body)
    if (!parsed.success) return call.json(refusal(400, z.prettifyError(parsed.error)), 400)
    const body = parsed.data
    const given = body.input_ids ?? [
      ...(call.model.beginning === null ? [] : [call.model.beginning]),
      ...call.model.encode(body.text ?? ''),
    ]
    const single = typeof given[0] === 'number' || given.length === 0
    const contexts = (single ? [given] : given) as number[][]
    const { size } = call.model.vocabulary
    // The scheduler ends, and the server with it: an empty reply.
    if (contexts.flat().some((id) => id < 0 || id >= size) || body.top_logprobs_num > size) {
      call.request.socket.destroy()
      return
    }
    const wrong = contexts.map(({ length }) => tooLong(call.model, length, body)).find((why) => why !== null)
    // Whatever is found wrong after a stream's headers were sent is an event.
    if (wrong != null)
      return body.stream
        ? call.stream('text/event-stream', event, failed(wrongStream(wrong)))
        : call.json(wrongCall(wrong), 400)
    if (body.stream) return call.stream('text/event-stream', event, events(call, contexts[0]!, body, incremental))
    const answers = await Promise.all(contexts.map((context) => whole(call, context, body)))
    return call.json(single ? answers[0] : answers)
  }
}

async function tokenize(call: TwinCall): Promise<void> {
  const { prompt, messages, continue_final_message, add_special_tokens } = tokenizeBody.parse(call.body)
  const { model } = call
  const special = messages === undefined && add_special_tokens && model.beginning !== null ? [model.beginning] : []
  const text = messages === undefined ? (prompt ?? '') : render(messages, continue_final_message)
  const tokens = [...special, ...model.encode(text)]
  return call.json({ tokens, count: tokens.length, max_model_len: model.contextLength + keptBack })
}

/** An aborted call as the scheduler tells it: a finish under status 200. */
function aborted(message: string, status: number) {
  const finish_reason = { type: 'abort', message, status_code: status, err_type: 'InternalServerError' }
  return { text: '', output_ids: [], meta_info: { id: 'a1', finish_reason, prompt_tokens: 0, completion_tokens: 0 } }
}

const chatFlags = z.object({ continue_final_message: z.boolean().default(false) })

/** A seed is heard under `--enable-deterministic-inference` alone (openai/protocol.py: `sampling_seed`). */
async function chat(call: TwinCall): Promise<void> {
  const body = chatBody.parse(call.body)
  const { continue_final_message } = chatFlags.parse(call.body)
  const context = call.model.encode(render(body.messages, continue_final_message))
  const bytesOf = (bytes: Uint8Array) => [...Buffer.from(new TextDecoder().decode(bytes))]
  return call.stream('text/event-stream', event, chatChunks(call, context, body, { bytesOf, unseeded: true }))
}

export function sglangOf(incremental: boolean): Protocol {
  return {
    kind: 'sglang',
    inference: ['POST /generate', 'POST /v1/chat/completions'],
    badJson: 400,
    refusal,
    // Of its OpenAI routes not recorded: after entrypoints/openai/serving_base.py.
    streamError: (message, route) => [
      event(JSON.stringify(route === 'POST /generate' ? aborted(message, 500) : { error: refusal(500, message) })),
      event('[DONE]'),
    ],
    routes: {
      'GET /health': async ({ response }) => {
        response.writeHead(200).end()
      },
      'GET /v1/models': (call) => {
        const { name: id, contextLength } = call.model
        const max_model_len = contextLength + keptBack
        return call.json({
          object: 'list',
          data: [{ id, object: 'model', owned_by: 'sglang', root: id, max_model_len }],
        })
      },
      'GET /model_info': (call) => call.json({ model_path: call.model.name, is_generation: true }),
      'GET /server_info': (call) => {
        const { name, contextLength } = call.model
        return call.json({
          model_path: name,
          context_length: contextLength + keptBack,
          max_req_input_len: contextLength,
          internal_states: [],
        })
      },
      'POST /tokenize': tokenize,
      'POST /generate': generate(incremental),
      'POST /v1/chat/completions': chat,
    },
  }
}

export const sglang = sglangOf(false)
