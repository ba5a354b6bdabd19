import { z } from 'zod'
import { event, type Protocol } from './kit/twin.ts'
import type { TwinCall } from './kit/twin-call.ts'
import type { TwinModel } from './kit/twin-model.ts'
import { chat } from './openai-chat.ts'
import { isText, refusal, refuseLists, type Step, steps, textContext } from './openai-steps.ts'

// OpenAI's API. Not recorded: after its reference ("Completions (legacy)", "Chat Completions", "Models", "Error codes"); that the
// sampled token may be outside its list, that the first chunk may hold an empty list, `obfuscation` and null bytes, after
// streams that others recorded.

const completionBody = z.object({
  model: z.string(),
  prompt: z.union([
    z.string(),
    z.array(z.string()).min(1),
    z.array(z.int()).min(1),
    z.array(z.array(z.int()).min(1)).min(1),
  ]),
  max_tokens: z.int().min(1).default(16),
  temperature: z.number().default(1),
  logprobs: z.int().min(0).nullish(),
  stream: z.boolean().default(false),
  stream_options: z.object({ include_usage: z.boolean() }).optional(),
})

export interface OpenaiManner {
  /** How a token that is no whole character is named where tokens are keys: OpenAI escapes it, others replace it. */
  readonly broken?: 'escaped' | 'replaced'
  /** A reasoning model refuses log-probabilities, by one status or the other. */
  readonly reasons?: 400 | 403
  /** Completions tell an end by the finish alone, with neither token nor list, as servers do that only follow the API. */
  readonly silentEnd?: boolean
}

const end = '<|endoftext|>'

function nameOf({ vocabulary }: TwinModel, id: number, broken: OpenaiManner['broken']): string {
  const bytes = vocabulary.bytes[id]!
  if (vocabulary.end.has(id)) return end
  if (isText(bytes) || broken === 'replaced') return new TextDecoder().decode(bytes)
  return `bytes:${[...bytes].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')}`
}

const finite = (logProb: number) => (Number.isNaN(logProb) ? null : Math.max(logProb, -9999))

const nothingListed = { tokens: [], token_logprobs: [], top_logprobs: [], text_offset: [] }

/** The legacy shape. Of equal texts the last is kept; the sampled token is in the list in any case. */
async function legacyLists(call: TwinCall, { token, list, finish }: Step, manner: OpenaiManner, context: number[]) {
  const { broken, silentEnd } = manner
  if (silentEnd && finish === 'stop') return nothingListed
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

/** @param total tokens of prompts and completions. */
function usageOf(contexts: readonly (readonly number[])[], total: number) {
  const prompt_tokens = contexts.reduce((sum, { length }) => sum + length, 0)
  return { prompt_tokens, completion_tokens: total - prompt_tokens, total_tokens: total }
}

async function* completionChunks(
  call: TwinCall,
  context: readonly number[],
  body: z.infer<typeof completionBody>,
  manner: OpenaiManner,
) {
  const about = { id: 'cmpl-1', object: 'text_completion', created: 1, model: call.model.name }
  const tokens = [...context]
  for await (const step of steps(call, context, body.max_tokens, body.logprobs ?? 0, body.temperature)) {
    const logprobs = body.logprobs ? await legacyLists(call, step, manner, tokens) : null
    const text = new TextDecoder().decode(call.model.vocabulary.bytes[step.token])
    tokens.push(step.token)
    yield { ...about, choices: [{ text, index: 0, logprobs, finish_reason: step.finish }] }
  }
  if (body.stream_options?.include_usage) yield { ...about, choices: [], usage: usageOf([context], tokens.length) }
  yield '[DONE]'
}

function contextsOf({ model }: TwinCall, given: z.infer<typeof completionBody>['prompt']): number[][] {
  if (typeof given === 'string') return [textContext(model, given)]
  // One list of ids is one prompt; a list of texts or of such lists is several.
  if (typeof given[0] === 'number') return [given as number[]]
  return (given as (string | number[])[]).map((one) => (typeof one === 'string' ? textContext(model, one) : one))
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
          logprobs: await legacyLists(call, step, manner, context),
          finish_reason: step.finish,
        }
      }
      throw new Error('no step')
    }),
  )
  // In any order: the index tells.
  const usage = usageOf(
    contexts,
    contexts.reduce((sum, { length }) => sum + length + 1, 0),
  )
  return call.json({
    id: 'cmpl-1',
    object: 'text_completion',
    model: call.model.name,
    choices: choices.reverse(),
    usage,
  })
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
