import { z } from 'zod'
import { chooseSymbol } from '../../../src/core/decode/choose.ts'
import { StopMatcher } from '../../../src/core/decode/stopping.ts'
import type { TwinCall } from './twin-call.ts'
import type { Ranked, TwinModel } from './twin-model.ts'

// `POST /v1/chat/completions` as a stream, as far as the servers that have it agree; where they differ is a `ChatManner`.

export const chatBody = z.looseObject({
  model: z.string(),
  messages: z.array(z.object({ role: z.string(), content: z.string() })).min(1),
  max_completion_tokens: z.int().min(1).optional(),
  max_tokens: z.int().min(1).optional(),
  temperature: z.number().min(0).default(1),
  top_p: z.number().default(1),
  top_k: z.int().optional(),
  seed: z.int().optional(),
  logprobs: z.boolean().default(false),
  top_logprobs: z.int().min(0).default(0),
  stream: z.boolean().default(false),
  stop: z.array(z.string()).default([]),
  stream_options: z.object({ include_usage: z.boolean() }).optional(),
})

export type ChatBody = z.infer<typeof chatBody>

export interface ChatManner {
  /** Bytes of a token in its entry. Default: none are told. */
  readonly bytesOf?: (bytes: Uint8Array) => number[] | null
  /** Every second token is outside its own list. */
  readonly strays?: true
  /** A stop string is sent, and its finish has a name of its own. */
  readonly keepsStop?: string
  /** The seed is ignored. */
  readonly unseeded?: true
  /** Text that comes before what the model says. */
  readonly echo?: string
}

function entryOf({ vocabulary }: TwinModel, { id, logProb }: Ranked, { bytesOf }: ChatManner) {
  const bytes = vocabulary.bytes[id]!
  const told = bytesOf === undefined ? {} : { bytes: bytesOf(bytes) }
  return { token: new TextDecoder().decode(bytes), logprob: logProb, ...told }
}

/** The seed of a call that names none, or is not heard. */
const drawn = () => Math.floor(Math.random() * 2 ** 40)

export async function* chatChunks(
  call: TwinCall,
  context: readonly number[],
  body: ChatBody,
  manner: ChatManner,
): AsyncGenerator<unknown> {
  const { model } = call
  const about = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: model.name }
  const chunk = (delta: object, logprobs: object | null, finish_reason: string | null) => {
    return { ...about, choices: [{ index: 0, delta, logprobs, finish_reason }], obfuscation: 'aXr0' }
  }
  yield chunk({ role: 'assistant', content: manner.echo ?? '' }, body.logprobs ? { content: [] } : null, null)
  const warp = { temperature: body.top_k === 1 ? 0 : body.temperature, topP: body.top_p, minP: 0 }
  const seed = manner.unseeded || body.seed === undefined ? drawn() : body.seed
  const decoder = new TextDecoder()
  const stops = new StopMatcher(body.stop)
  const asked = body.max_completion_tokens ?? body.max_tokens ?? 16
  const most = Math.min(asked, model.contextLength - context.length)
  const tokens = [...context]
  let finish: string | null = null
  for (let made = 1; finish === null; made++) {
    // A model without faults samples; lists are as the faults leave them.
    const all = await model.logProbs(tokens)
    const token = chooseSymbol(all.map(Math.exp), { ...warp, seed, step: made })
    tokens.push(token)
    if (model.vocabulary.end.has(token)) {
      finish = 'stop'
      break
    }
    const text = decoder.decode(model.vocabulary.bytes[token], { stream: true })
    const { text: shown, stopped } = stops.push(text)
    if (stopped) finish = manner.keepsStop ?? 'stop'
    else if (made >= most) finish = 'length'
    const list = (await call.list(tokens.slice(0, -1), 9_999)).filter(({ id }) => id !== token || !strays(made, manner))
    const own = { id: token, logProb: all[token]! }
    const top_logprobs = list.slice(0, body.top_logprobs).map((one) => entryOf(model, one, manner))
    const lists = body.logprobs ? { content: [{ ...entryOf(model, own, manner), top_logprobs }] } : null
    yield chunk({ content: manner.keepsStop ? text : shown }, lists, null)
  }
  const rest = manner.keepsStop ? '' : stops.flush()
  yield chunk(rest === '' ? {} : { content: rest }, null, finish)
  const made = tokens.length - context.length
  const usage = { prompt_tokens: context.length, completion_tokens: made, total_tokens: tokens.length }
  if (body.stream_options?.include_usage) yield { ...about, choices: [], usage }
  yield '[DONE]'
}

function strays(made: number, manner: ChatManner): boolean {
  return manner.strays === true && made % 2 === 0
}
