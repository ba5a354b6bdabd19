import { z } from 'zod'
import { chatBody, chatChunks } from './kit/chat-completions.ts'
import { render } from './kit/chat-template.ts'
import { event, type Protocol } from './kit/twin.ts'
import type { TwinCall } from './kit/twin-call.ts'
import type { Ranked, TwinModel } from './kit/twin-model.ts'

// llama.cpp's llama-server, after recorded answers (test/members/llamacpp/fixtures: commit 34af94cd9, and b11434 where that
// differs, but for contexts that end inside a character: there it is the older, which refuses more). From its document
// tools/server/README.md, not recorded: several prompts in one call, and how a stream says that it failed.

const prompt = z.union([z.string(), z.array(z.int()), z.array(z.array(z.int()))])

const completionBody = z.looseObject({
  prompt,
  n_predict: z.int().default(-1),
  n_probs: z.int().default(0),
  stream: z.boolean().default(false),
  logit_bias: z.array(z.tuple([z.int(), z.number()])).default([]),
})

const tokenizeBody = z.object({
  content: z.string(),
  add_special: z.boolean().default(false),
  parse_special: z.boolean().default(true),
  with_pieces: z.boolean().default(false),
})

const templateBody = z.object({ messages: z.array(z.object({ role: z.string(), content: z.string() })) })

const lossy = new TextDecoder()
const endName = '</s>'

function refusal(code: number, message: string, more: object = {}) {
  const type = code === 503 ? 'unavailable_error' : code === 400 ? 'invalid_request_error' : 'server_error'
  return { error: { code, message, type, ...more } }
}

function bytesOf({ vocabulary }: TwinModel, tokens: readonly number[]): Uint8Array {
  return Buffer.concat(tokens.map((token) => vocabulary.bytes[token]!))
}

/** Whether bytes are whole characters, end inside one, or are none. */
function state(bytes: Uint8Array): 'whole' | 'unfinished' | 'broken' {
  const decodes = (part: Uint8Array) => {
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(part)
      return true
    } catch {
      return false
    }
  }
  if (decodes(bytes)) return 'whole'
  for (const missing of [[0x80], [0x80, 0x80], [0x80, 0x80, 0x80], [0xa0, 0x80], [0x90, 0x80, 0x80]]) {
    if (decodes(Buffer.concat([bytes, Uint8Array.from(missing)]))) return 'unfinished'
  }
  return 'broken'
}

function entry(model: TwinModel, { id, logProb }: Ranked) {
  const bytes = model.vocabulary.bytes[id]!
  // Infinity and NaN have no JSON: null.
  return { id, token: lossy.decode(bytes), bytes: [...bytes], logprob: logProb }
}

interface Step {
  readonly token: number
  readonly list: Ranked[]
}

/** Tokens of one prompt; a large bias wins, which leaves the reported list as it is. */
async function* steps(call: TwinCall, context: readonly number[], body: z.infer<typeof completionBody>) {
  const { contextLength, vocabulary } = call.model
  const forced = body.logit_bias.find(([, bias]) => bias >= 1000)?.[0]
  const tokens = [...context]
  const most = body.n_predict < 0 ? Number.POSITIVE_INFINITY : body.n_predict
  for (let made = 0; made < most && tokens.length < contextLength; made++) {
    const token = forced ?? (await call.choice(tokens))
    yield { token, list: body.n_probs > 0 ? await call.list(tokens, body.n_probs) : [] } satisfies Step
    if (vocabulary.end.has(token)) return
    tokens.push(token)
  }
}

function probabilities(model: TwinModel, { token, list }: Step) {
  const own = list.find(({ id }) => id === token) ?? { id: token, logProb: -20 }
  return { ...entry(model, own), top_logprobs: list.map((one) => entry(model, one)) }
}

function finish(model: TwinModel, context: readonly number[], made: readonly number[], more: object) {
  const ended = made.length > 0 && model.vocabulary.end.has(made.at(-1)!)
  return {
    index: 0,
    ...more,
    stop: true,
    model: model.name,
    tokens_predicted: made.length,
    tokens_evaluated: context.length,
    timings: { cache_n: 0, prompt_n: context.length },
    truncated: !ended && context.length + made.length >= model.contextLength,
    stop_type: ended ? 'eos' : 'limit',
    stopping_word: '',
  }
}

async function whole(call: TwinCall, index: number, context: readonly number[], body: z.infer<typeof completionBody>) {
  const made: number[] = []
  const told: object[] = []
  for await (const step of steps(call, context, body)) {
    made.push(step.token)
    // A token that leaves a character unfinished has no entry.
    if (state(bytesOf(call.model, made)) === 'whole' && body.n_probs > 0) told.push(probabilities(call.model, step))
  }
  const bytes = bytesOf(call.model, made)
  if (state(bytes) === 'broken') return null
  const lists = told.length > 0 ? { completion_probabilities: told } : {}
  return finish(call.model, context, made, { index, content: lossy.decode(bytes), tokens: made, ...lists })
}

async function* events(call: TwinCall, context: readonly number[], body: z.infer<typeof completionBody>) {
  const made: number[] = []
  let sent = 0
  for await (const step of steps(call, context, body)) {
    made.push(step.token)
    const bytes = bytesOf(call.model, made)
    if (state(bytes) !== 'whole') continue
    const lists = body.n_probs > 0 ? { completion_probabilities: [probabilities(call.model, step)] } : {}
    const content = lossy.decode(bytes.subarray(sent))
    sent = bytes.length
    yield { index: 0, content, tokens: [step.token], stop: false, tokens_predicted: made.length, ...lists }
  }
  yield finish(call.model, context, made, { content: '', tokens: [] })
}

const noMatch = 'The model produced output that does not match the expected Content-only format'

function contextsOf({ model }: TwinCall, given: z.infer<typeof prompt>): number[][] {
  // A text gets the beginning-of-sequence token, ids get none.
  if (typeof given === 'string')
    return [[...(model.beginning === null ? [] : [model.beginning]), ...model.encode(given)]]
  if (given.length === 0) return [[]]
  return typeof given[0] === 'number' ? [given as number[]] : (given as number[][])
}

async function completion(call: TwinCall): Promise<void> {
  const parsed = completionBody.safeParse(call.body)
  if (!parsed.success) return call.json(refusal(400, "[json.exception.out_of_range.403] key 'prompt' not found"), 400)
  const body = parsed.data
  const contexts = contextsOf(call, body.prompt)
  const limit = call.model.contextLength
  const long = contexts.find(({ length }) => length >= limit)
  if (long !== undefined) {
    const message = `request (${long.length} tokens) exceeds the available context size (${limit} tokens), try increasing it`
    const more = { type: 'exceed_context_size_error', n_prompt_tokens: long.length, n_ctx: limit }
    return call.json(refusal(400, message, more), 400)
  }
  if (body.stream) {
    // It announces keep-alive and closes the connection all the same.
    call.response.once('finish', () => call.request.socket.destroySoon())
    call.response.shouldKeepAlive = true
    return call.stream('text/event-stream', event, events(call, contexts[0]!, body))
  }
  const answers = await Promise.all(contexts.map((context, index) => whole(call, index, context, body)))
  if (answers.includes(null)) return call.json(refusal(500, noMatch), 500)
  return call.json(answers.length === 1 ? answers[0] : answers)
}

async function tokenize(call: TwinCall): Promise<void> {
  const { content, add_special, parse_special, with_pieces } = tokenizeBody.parse(call.body)
  const { model } = call
  const [end] = model.vocabulary.end
  const parts = parse_special && end !== undefined ? content.split(endName) : [content]
  const tokens = parts.flatMap((part, i) => [...(i > 0 ? [end!] : []), ...(part === '' ? [] : model.encode(part))])
  if (add_special && model.beginning !== null) tokens.unshift(model.beginning)
  const pieces = tokens.map((id) => {
    const bytes = model.vocabulary.bytes[id]!
    return { id, piece: state(bytes) === 'whole' ? lossy.decode(bytes) : [...bytes] }
  })
  return call.json({ tokens: with_pieces ? pieces : tokens })
}

/** The recorded template; a last message of the assistant's is left open. */
async function applyTemplate(call: TwinCall): Promise<void> {
  const { messages } = templateBody.parse(call.body)
  return call.json({ prompt: render(messages, true) })
}

/** A last message of the assistant's is said once more (recorded). */
async function chat(call: TwinCall): Promise<void> {
  const body = chatBody.parse(call.body)
  const { model } = call
  const context = [...(model.beginning === null ? [] : [model.beginning]), ...model.encode(render(body.messages, true))]
  const last = body.messages.at(-1)
  const echo = last?.role === 'assistant' ? { echo: last.content } : {}
  const manner = { bytesOf: (bytes: Uint8Array) => [...bytes], ...echo }
  return call.stream('text/event-stream', event, chatChunks(call, context, body, manner))
}

export const llamacpp: Protocol = {
  kind: 'llamacpp',
  inference: ['POST /completion', 'POST /v1/chat/completions'],
  badJson: 400,
  refusal,
  streamError: (message) => [event(JSON.stringify(refusal(500, message)))],
  routes: {
    'GET /health': (call) => call.json({ status: 'ok' }),
    'GET /v1/models': (call) => {
      const meta = { vocab_type: 1, n_vocab: call.model.vocabulary.size, n_ctx: call.model.contextLength }
      return call.json({
        object: 'list',
        data: [{ id: call.model.name, aliases: [call.model.name], object: 'model', meta }],
      })
    },
    'GET /props': (call) =>
      call.json({
        default_generation_settings: { n_ctx: call.model.contextLength },
        model_alias: call.model.name,
        bos_token: '<s>',
        eos_token: endName,
      }),
    'POST /tokenize': tokenize,
    'POST /apply-template': applyTemplate,
    'POST /completion': completion,
    'POST /v1/chat/completions': chat,
  },
}
