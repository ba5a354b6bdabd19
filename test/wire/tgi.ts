import { z } from 'zod'
import { chatBody, chatChunks } from './kit/chat-completions.ts'
import { render } from './kit/chat-template.ts'
import type { Protocol } from './kit/twin.ts'
import type { TwinCall } from './kit/twin-call.ts'
import { type Ranked, ranked, type TwinModel } from './kit/twin-model.ts'

// Text Generation Inference. Not recorded: after router/src/{lib,server,validation}.rs, router/src/infer/{mod,chat_template}.rs
// and server/text_generation_server/utils/tokens.py of huggingface/text-generation-inference.

/** Between 0 and 1, both excluded. */
const share = z.number().gt(0).lt(1)

const parameters = z.looseObject({
  do_sample: z.boolean().default(false),
  temperature: z.number().positive().nullish(),
  top_k: z.int().positive().nullish(),
  top_p: share.nullish(),
  typical_p: share.nullish(),
  max_new_tokens: z.int().positive().default(100),
  top_n_tokens: z.int().min(0).default(0),
  details: z.boolean().default(false),
})

/** Without any parameters the server samples. */
const generateBody = z.object({ inputs: z.string(), parameters: parameters.prefault({ do_sample: true }) })
const tokenizeBody = z.looseObject({ inputs: z.string() })
const chatTokenizeBody = z.looseObject({ messages: z.array(z.object({ role: z.string(), content: z.string() })) })

type Body = z.infer<typeof generateBody>

/** `--max-top-n-tokens`. */
export const maxTopN = 5

const types: Readonly<Record<number, string>> = {
  422: 'validation',
  424: 'generation',
  429: 'overloaded',
  503: 'healthcheck',
}

function refusal(status: number, message: string) {
  return { error: message, error_type: types[status] ?? 'incomplete_generation' }
}

const beginName = '<s>'
const endName = '</s>'

/** Names of special tokens inside a text are tokens. */
function encode({ beginning, vocabulary, encode: own }: TwinModel, text: string): number[] {
  const named = new Map<string, number>()
  for (const id of vocabulary.end) named.set(endName, id)
  if (beginning !== null) named.set(beginName, beginning)
  return text.split(/(<\/?s>)/).flatMap((part) => {
    const id = named.get(part)
    return id !== undefined ? [id] : part === '' ? [] : own(part)
  })
}

function withBeginning(model: TwinModel, text: string): number[] {
  return [...(model.beginning === null ? [] : [model.beginning]), ...encode(model, text)]
}

const isSpecial = ({ vocabulary }: TwinModel, id: number) => vocabulary.bytes[id]!.length === 0

/** A token decoded alone: bytes that are no whole character are lost. */
function alone(model: TwinModel, id: number): string {
  if (!isSpecial(model, id)) return new TextDecoder().decode(model.vocabulary.bytes[id])
  return id === model.beginning ? beginName : endName
}

/** NaN and −∞ have no JSON: null. */
const token = (model: TwinModel, { id, logProb }: Ranked, text = alone(model, id)) => ({
  id,
  text,
  logprob: logProb,
  special: isSpecial(model, id),
})

/** The k likeliest, and all that are as likely as the last of them. */
async function topTokens(call: TwinCall, tokens: readonly number[], k: number) {
  if (k === 0) return []
  const all = await ranked(call.model, tokens)
  const ties = all.slice(k).filter(({ logProb }) => logProb === all[k - 1]?.logProb)
  return [...(await call.list(tokens, k)), ...ties].map((one) => token(call.model, one))
}

async function* events(call: TwinCall, body: Body) {
  const { model } = call
  const { max_new_tokens: most, top_n_tokens: k, do_sample, temperature, top_k, top_p, typical_p } = body.parameters
  const samples = do_sample || [temperature, top_k, top_p, typical_p].some((one) => one != null)
  const tokens = withBeginning(model, body.inputs)
  const given = tokens.length
  const decoder = new TextDecoder()
  let generated = ''
  for (let index = 1; index <= most; index++) {
    const top_tokens = await topTokens(call, tokens, k)
    const all = await ranked(model, tokens)
    const chosen = all[samples ? 1 : 0]!
    const special = isSpecial(model, chosen.id)
    // The chosen token is decoded in its text: nothing while a character is unfinished, the whole of it then.
    const text = special ? alone(model, chosen.id) : decoder.decode(model.vocabulary.bytes[chosen.id], { stream: true })
    if (!special) generated += text
    const ends = model.vocabulary.end.has(chosen.id)
    const details =
      ends || index === most
        ? {
            finish_reason: ends ? 'eos_token' : 'length',
            generated_tokens: index,
            seed: null,
            input_length: given,
          }
        : null
    // An empty list is left out.
    const listed = top_tokens.length > 0 ? { top_tokens } : {}
    yield { index, token: token(model, chosen, text), ...listed, generated_text: details && generated, details }
    if (ends) return
    tokens.push(chosen.id)
  }
}

async function* failed(message: string) {
  yield refusal(422, message)
}

/** Comments keep the connection alive; there is no blank after the colon. */
const frame = (json: string) => `:\n\ndata:${json}\n\n`

/** What is wrong with a call, if anything is. */
function wrong(model: TwinModel, body: unknown): string | null {
  const parsed = generateBody.safeParse(body)
  const invalid = (why: string) => `Input validation error: ${why}`
  if (!parsed.success) return invalid(z.prettifyError(parsed.error))
  const { inputs, parameters: asked } = parsed.data
  if (asked.top_n_tokens > maxTopN) {
    return invalid(`\`top_n_tokens\` must be >= 0 and <= ${maxTopN}. Given: ${asked.top_n_tokens}`)
  }
  if (inputs === '') return invalid('`inputs` cannot be empty')
  const { length } = withBeginning(model, inputs)
  if (length + asked.max_new_tokens > model.contextLength) {
    return invalid(
      `\`inputs\` tokens + \`max_new_tokens\` must be <= ${model.contextLength}. Given: ${length} \`inputs\` tokens`,
    )
  }
  return null
}

/** Even calls that are wrong from the start are answered with 200. */
async function generateStream(call: TwinCall): Promise<void> {
  const why = wrong(call.model, call.body)
  const told = why === null ? events(call, generateBody.parse(call.body)) : failed(why)
  return call.stream('text/event-stream', frame, told)
}

async function generate(call: TwinCall): Promise<void> {
  const why = wrong(call.model, call.body)
  if (why !== null) return call.json(refusal(422, why), 422)
  const body = generateBody.parse(call.body)
  const told = []
  for await (const one of events(call, body)) told.push(one)
  const last = told.at(-1)!
  const lists = body.parameters.top_n_tokens > 0 ? { top_tokens: told.map(({ top_tokens = [] }) => top_tokens) } : {}
  const details = { ...last.details, prefill: [], tokens: told.map((one) => one.token), ...lists }
  return call.json({ generated_text: last.generated_text, ...(body.parameters.details ? { details } : {}) })
}

/** @param added how many tokens in front stand for none of the text. */
function pieces(model: TwinModel, tokens: readonly number[], added: number) {
  const decoder = new TextDecoder()
  let at = 0
  return tokens.map((id, i) => {
    if (i < added) return { id, text: '', start: 0, stop: 0 }
    const text = isSpecial(model, id) ? alone(model, id) : decoder.decode(model.vocabulary.bytes[id], { stream: true })
    const start = at
    at += [...text].length
    return { id, text, start, stop: at }
  })
}

async function tokenize(call: TwinCall): Promise<void> {
  const { inputs } = tokenizeBody.parse(call.body)
  const tokens = withBeginning(call.model, inputs)
  return call.json(pieces(call.model, tokens, call.model.beginning === null ? 0 : 1))
}

/** The template writes the beginning out; a prefilled answer loses the blanks at its end. */
async function chatTokenize(call: TwinCall): Promise<void> {
  const { messages } = chatTokenizeBody.parse(call.body)
  const text = `${call.model.beginning === null ? '' : beginName}${render(messages, true)}`
  const templated_text = messages.at(-1)?.role === 'assistant' ? text.trimEnd() : text
  const tokens = pieces(call.model, encode(call.model, templated_text), 0)
  return call.json({ tokenize_response: tokens, templated_text })
}

const chatRules = z.object({
  top_p: share.optional(),
  top_logprobs: z.int().max(maxTopN).optional(),
  // A repetition penalty of 2 would come of it.
  presence_penalty: z.never().optional(),
})

/** A stop string is sent along (router/src/chat.rs sends each token as it comes), and no bytes of tokens. */
async function chat(call: TwinCall): Promise<void> {
  const rules = chatRules.safeParse(call.body)
  if (!rules.success) return call.json(refusal(422, `Input validation error: ${z.prettifyError(rules.error)}`), 422)
  const body = chatBody.parse(call.body)
  const text = `${call.model.beginning === null ? '' : beginName}${render(body.messages, true)}`
  const context = encode(call.model, text)
  return call.stream('text/event-stream', frame, chatChunks(call, context, body, { keepsStop: 'stop_sequence' }))
}

export const tgi: Protocol = {
  kind: 'tgi',
  inference: ['POST /generate', 'POST /generate_stream', 'POST /v1/chat/completions'],
  badJson: 400,
  refusal,
  streamError: (message) => [frame(JSON.stringify(refusal(424, `Request failed during generation: ${message}`)))],
  routes: {
    'GET /health': async ({ response }) => {
      response.writeHead(200).end()
    },
    'GET /info': (call) => {
      const { name: model_id, contextLength: max_total_tokens } = call.model
      return call.json({
        model_id,
        model_sha: null,
        max_input_tokens: max_total_tokens - 1,
        max_total_tokens,
        version: '3.3.6',
      })
    },
    'POST /generate': generate,
    'POST /generate_stream': generateStream,
    'POST /tokenize': tokenize,
    'POST /v1/chat/completions': chat,
    'POST /chat_tokenize': chatTokenize,
  },
}
