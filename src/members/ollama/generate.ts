import { TuttiError } from '../../errors.ts'
import { brokenProtocol, fromStatus } from '../shared/failures.ts'
import type { HttpClient } from '../shared/http-client.ts'
import type { TextEntry } from '../shared/listed-texts.ts'
import { readEvent } from '../shared/read-event.ts'
import { type CallOptions, tellCounts } from '../shared/server-usage.ts'
import type { NamedStep } from '../shared/text-steps.ts'
import { lineSchema } from './wire-schemas.ts'

export interface Asked {
  readonly model: string
  readonly prompt: string
  readonly maxTokens: number
  readonly topK: number
  readonly numCtx: number
  /** How the end of the text is named in the steps. */
  readonly end: string
}

/** Every sampling field, neutral: the server else takes those of the modelfile. */
const neutral = {
  temperature: 0,
  top_k: 0,
  top_p: 1,
  min_p: 0,
  typical_p: 1,
  repeat_penalty: 1,
  presence_penalty: 0,
  frequency_penalty: 0,
  seed: 0,
  stop: [],
}

/** No template, and nothing cut off in silence: a prompt that is too long is refused. */
function generateBody({ model, prompt, maxTokens, topK, numCtx }: Asked, sampling: object = {}) {
  const options = { ...neutral, num_predict: maxTokens, num_ctx: numCtx, ...sampling }
  const about = { model, prompt, raw: true, stream: true, truncate: false, shift: false }
  return { ...about, logprobs: true, top_logprobs: topK, options }
}

/** The greedy continuation. An end that the model chooses is told without a list, which is asked for then. */
export async function* generation(
  http: HttpClient,
  member: string,
  asked: Asked,
  call: CallOptions,
): AsyncGenerator<NamedStep, void> {
  const { signal } = call
  let made = 0
  let text = ''
  let reason: string | null = null
  for await (const line of lines(http, member, generateBody(asked), signal)) {
    text += line.response ?? ''
    for (const step of stepsOf(line)) {
      made++
      yield step
    }
    if (!line.done) continue
    reason = line.done_reason ?? 'stop'
    tellCounts(call, [{ prompt: line.prompt_eval_count }])
  }
  if (reason === null) throw brokenProtocol(member, 'the stream ended without a finish')
  if (reason !== 'stop' || made >= asked.maxTokens) return
  const list = await listBesideEnd(http, member, { ...asked, prompt: asked.prompt + text, maxTokens: 1 }, signal)
  yield { text: asked.end, list: withEnd(list, asked.end) }
}

/** Calls for a list where the likeliest is the end, and how hot: then 19 of 20 samples are something else. */
const tries = 4
const hot = { temperature: 1000, top_k: 20 }

/** The list after a context where the model would end: lists are the model's own whatever is sampled, so that is left to chance. */
async function listBesideEnd(http: HttpClient, member: string, asked: Asked, signal: AbortSignal) {
  for (let seed = 1; seed <= tries; seed++) {
    for await (const line of lines(http, member, generateBody(asked, { ...hot, seed }), signal)) {
      const [step] = stepsOf(line)
      if (step !== undefined) return step.list
    }
  }
  throw brokenProtocol(member, 'the model ends the text, and no list could be had there')
}

/** The end is the likeliest, and the one token that is never listed: what the list hides is taken to be its. */
function withEnd(list: readonly TextEntry[], end: string): TextEntry[] {
  const hidden = list.reduce((rest, { logProb }) => rest - Math.exp(logProb ?? Number.NEGATIVE_INFINITY), 1)
  return [{ text: end, logProb: Math.log(Math.max(hidden, Number.MIN_VALUE)) }, ...list]
}

export async function* lines(
  http: HttpClient,
  member: string,
  body: object,
  signal: AbortSignal,
  path = '/api/generate',
) {
  try {
    for await (const line of http.lines(path, body, signal)) yield readEvent(lineSchema, line, member)
  } catch (error) {
    throw namingFullContext(error, member)
  }
}

/** A context that is full has no code: the words are all there is. */
function namingFullContext(error: unknown, member: string): unknown {
  if (!(error instanceof TuttiError) || error.code !== 'member_rejected') return error
  if (!/exceeds? the (available )?context/i.test(error.message)) return error
  return fromStatus(member, 400, { message: error.message, code: 'context_length_exceeded', retryAfterMs: null })
}

/** Bytes come of decoded text: of a token that is no whole character they say no more than the text. */
function stepsOf({ logprobs }: { readonly logprobs?: Listed[] | null | undefined }): NamedStep[] {
  return (logprobs ?? []).map(({ token, top_logprobs: top }) => ({
    text: token,
    list: top.map(({ token: text, logprob }) => ({ text, logProb: logprob })),
  }))
}

interface Listed {
  readonly token: string
  readonly top_logprobs: readonly { readonly token: string; readonly logprob: number | null }[]
}
