import { z } from 'zod'
import { chooseSymbol } from '../../src/core/decode/choose.ts'
import { StopMatcher } from '../../src/core/decode/stopping.ts'
import type { Protocol } from './kit/twin.ts'
import type { TwinCall } from './kit/twin-call.ts'
import { type Ranked, ranked, type TwinModel } from './kit/twin-model.ts'

// Ollama from 0.12.11 on. Not recorded: after its docs/api.md and docs/modelfile.md; that an end comes without a list, that text is
// held back until its characters are whole, and the words of a context that is too long, after its runner's and server's source.

const options = z.object({
  temperature: z.number().default(0.8),
  top_k: z.int().default(40),
  top_p: z.number().default(0.9),
  seed: z.int().optional(),
  stop: z.array(z.string()).default([]),
  num_predict: z.int().default(-1),
  num_ctx: z.int().default(4096),
})

const body = z.object({
  model: z.string(),
  prompt: z.string().optional(),
  messages: z.array(z.object({ role: z.string(), content: z.string() })).optional(),
  raw: z.boolean().default(false),
  truncate: z.boolean().default(true),
  logprobs: z.boolean().default(false),
  top_logprobs: z.int().default(0),
  options: options.prefault({}),
})

type Body = z.infer<typeof body>

export interface OllamaManner {
  readonly version?: string
  /** The modelfile's parameters. */
  readonly parameters?: string
}

const lossy = new TextDecoder()

function named({ vocabulary }: TwinModel, { id, logProb }: Ranked) {
  const token = lossy.decode(vocabulary.bytes[id])
  return { token, logprob: Number.isNaN(logProb) ? null : logProb, bytes: [...Buffer.from(token)] }
}

/** Ends are in no list. */
async function listed(call: TwinCall, context: readonly number[], k: number): Promise<Ranked[]> {
  const { end } = call.model.vocabulary
  const list = await call.list(context, k + end.size)
  return list.filter(({ id }) => !end.has(id)).slice(0, k)
}

function textContext(model: TwinModel, text: string): number[] {
  return [...(model.beginning === null ? [] : [model.beginning]), ...model.encode(text)]
}

/** The seed of a call that names none. */
const drawn = () => Math.floor(Math.random() * 2 ** 40)

interface Chance {
  readonly temperature: number
  readonly top_k: number
  readonly top_p: number
  readonly seed: number
  readonly step: number
}

async function chosen(call: TwinCall, tokens: readonly number[], { top_k, top_p, ...chance }: Chance) {
  // A heat at which no likelihood counts any more: the likeliest that is no end stands for chance.
  if (chance.temperature > 100) return (await listed(call, tokens, 1))[0]?.id
  if (chance.temperature === 0) return call.choice(tokens)
  const kept = (await ranked(call.model, tokens)).slice(0, top_k === 0 ? 9_999 : top_k)
  const at = chooseSymbol(
    Float64Array.from(kept, ({ logProb }) => Math.exp(logProb)),
    { ...chance, topP: top_p, minP: 0 },
  )
  return kept[at]?.id
}

async function* events(call: TwinCall, context: readonly number[], asked: Body) {
  const { temperature, top_k, top_p, seed = drawn(), stop, num_predict: most, num_ctx: limit } = asked.options
  const stops = new StopMatcher(stop)
  const { vocabulary, name: model } = call.model
  const about = { model, created_at: '2026-01-01T00:00:00Z' }
  const part = (content: string) =>
    asked.messages ? { message: { role: 'assistant', content } } : { response: content }
  const tokens = [...context]
  let held: { bytes: Buffer; logprobs: object[] } = { bytes: Buffer.alloc(0), logprobs: [] }
  const flush = () => {
    const logprobs = asked.logprobs ? { logprobs: held.logprobs } : {}
    const { text, stopped } = stops.push(lossy.decode(held.bytes))
    if (stopped) reason = 'stop'
    const sent = { ...about, ...part(text), done: false, ...logprobs }
    held = { bytes: Buffer.alloc(0), logprobs: [] }
    return sent
  }
  let reason = 'length'
  let made = 0
  for (; (most < 0 || made < most) && tokens.length < limit && reason === 'length'; made++) {
    const token = await chosen(call, tokens, { temperature, top_k, top_p, seed, step: made })
    if (token === undefined || vocabulary.end.has(token)) {
      reason = 'stop'
      break
    }
    const list = await listed(call, tokens, asked.top_logprobs)
    const own = list.find(({ id }) => id === token) ?? { id: token, logProb: -1 }
    const top_logprobs = list.map((one) => named(call.model, one))
    held.bytes = Buffer.concat([held.bytes, vocabulary.bytes[token]!])
    held.logprobs.push({
      ...named(call.model, own),
      ...(Number.isNaN(own.logProb) ? { logprob: -1 } : {}),
      top_logprobs,
    })
    tokens.push(token)
    // What is no character at all is not waited for.
    if (!lossy.decode(held.bytes).includes('\ufffd') || held.bytes.length >= 4) yield flush()
  }
  if (held.bytes.length > 0) yield flush()
  yield {
    ...about,
    ...part(stops.flush()),
    done: true,
    done_reason: reason,
    prompt_eval_count: context.length,
    eval_count: made,
  }
}

async function run(call: TwinCall, template: (asked: Body) => string): Promise<void> {
  const refuse = (status: number, error: string) => call.json({ error }, status)
  const parsed = body.safeParse(call.body)
  if (!parsed.success) return refuse(400, z.prettifyError(parsed.error))
  const asked = parsed.data
  if (asked.model !== call.model.name) return refuse(404, `model '${asked.model}' not found`)
  if (asked.top_logprobs < 0 || asked.top_logprobs > 20) return refuse(400, 'top_logprobs must be between 0 and 20')
  let context = textContext(call.model, template(asked))
  const limit = asked.options.num_ctx
  if (context.length >= limit) {
    if (!asked.truncate) return refuse(400, 'the input length exceeds the context length')
    context = context.slice(-limit / 2)
  }
  return call.stream('application/x-ndjson', (line) => `${line}\n`, events(call, context, asked))
}

/** The template, which a raw prompt is spared; a last message of the assistant's is left open. */
function rendered(messages: NonNullable<Body['messages']>): string {
  const turns = messages.map(({ role, content }) => `${role}: ${content}`).join('\n')
  return messages.at(-1)?.role === 'assistant' ? turns : `${turns}\nassistant: `
}

export function ollama({ version = '0.12.11', parameters = '' }: OllamaManner = {}): Protocol {
  return {
    kind: 'ollama',
    inference: ['POST /api/generate', 'POST /api/chat'],
    badJson: 400,
    refusal: (_status, error) => ({ error }),
    streamError: (error) => [`${JSON.stringify({ error })}\n`],
    routes: {
      'GET /api/version': (call) => call.json({ version }),
      'POST /api/show': (call) => {
        const { model } = z.object({ model: z.string() }).parse(call.body)
        if (model !== call.model.name) return call.json({ error: `model '${model}' not found` }, 404)
        const model_info = { 'general.architecture': 'toy', 'toy.context_length': call.model.contextLength }
        return call.json({ parameters, model_info, capabilities: ['completion'] })
      },
      'POST /api/generate': (call) =>
        run(call, ({ raw, prompt = '' }) => (raw ? prompt : rendered([{ role: 'user', content: prompt }]))),
      'POST /api/chat': (call) => run(call, ({ messages = [] }) => rendered(messages)),
    },
  }
}
