import { z } from 'zod'
import { StopMatcher } from '../../core/decode/stopping.ts'
import type { Answer, AnswerAlternative, AnswerRequest, AnswerToken } from '../member.ts'
import { finishedEvents } from './finished-events.ts'
import type { HttpClient } from './http-client.ts'

// `POST /v1/chat/completions` as a stream: OpenAI's "Chat Completions" API reference, which others follow. A stream, so that
// leaving it stops the server. Only what is read is checked: an `obfuscation` field and others may be there.

const alternative = z.object({
  token: z.string(),
  logprob: z.number().nullable(),
  /** Null for a token that is no text, and from servers that don't tell. */
  bytes: z.array(z.int()).nullish(),
})
const token = alternative.extend({ top_logprobs: z.array(alternative).default([]) })
/** Also the entries of Ollama's own routes. */
export const tokensSchema = z.array(token).nullish()

const chunkSchema = z.object({
  /** Empty in the chunk that brings the usage. */
  choices: z.array(
    z.object({
      delta: z.object({ content: z.string().nullish() }).nullish(),
      /** The first chunk may hold an empty list. */
      logprobs: z.object({ content: tokensSchema }).nullish(),
      finish_reason: z.string().nullish(),
    }),
  ),
  usage: z.object({ prompt_tokens: z.int(), completion_tokens: z.int() }).nullish(),
})

/** What all servers of this shape take and take alike; how they name the longest answer, and take penalties, is their own. */
export function chatBody(model: string, { messages, temperature, topP, seed, stop, topK }: AnswerRequest) {
  return {
    model,
    messages,
    temperature,
    top_p: topP,
    ...(seed === null ? {} : { seed }),
    ...(stop.length === 0 ? {} : { stop }),
    ...(topK === 0 ? {} : { logprobs: true, top_logprobs: topK }),
    stream: true,
    stream_options: { include_usage: true },
  }
}

export async function chatAnswer(http: HttpClient, member: string, body: object, signal: AbortSignal): Promise<Answer> {
  let text = ''
  let finish = ''
  let usage: Answer['usage'] = null
  const tokens: AnswerToken[] = []
  const isFinish = ({ choices }: z.infer<typeof chunkSchema>) => choices.some(({ finish_reason }) => finish_reason)
  const stream = { path: '/v1/chat/completions', body, schema: chunkSchema, isFinish }
  for await (const chunk of finishedEvents(http, member, stream, signal)) {
    for (const { delta, logprobs, finish_reason } of chunk.choices) {
      text += delta?.content ?? ''
      tokens.push(...answerTokens(logprobs?.content))
      finish = finish_reason ?? finish
    }
    if (chunk.usage) usage = { promptTokens: chunk.usage.prompt_tokens, answerTokens: chunk.usage.completion_tokens }
  }
  return { text, finish: finishOf(finish), tokens: tokens.length > 0 ? tokens : null, usage }
}

/** TGI has a word of its own for a stop string. */
export function finishOf(reason: string): Answer['finish'] {
  if (reason === 'stop' || reason === 'stop_sequence') return 'stop'
  return reason === 'length' ? 'length' : 'other'
}

/** The answer before the first stop string, for servers that send it along. */
export function withoutStop(answer: Answer, stop: readonly string[]): Answer {
  const { text, stopped } = new StopMatcher(stop).push(answer.text)
  if (!stopped) return answer
  let told = 0
  const tokens = answer.tokens?.filter((token) => {
    const begins = told
    told += token.text.length
    return begins < text.length
  })
  return { ...answer, text, tokens: tokens ?? null }
}

/** Whether the answer goes on with a turn of the assistant's that has begun. */
export function isPrefilled({ messages }: Pick<AnswerRequest, 'messages'>): boolean {
  return messages.at(-1)?.role === 'assistant'
}

export function answerTokens(listed: z.infer<typeof tokensSchema>): AnswerToken[] {
  return (listed ?? []).map(({ top_logprobs: top, ...own }) => ({
    ...toAlternative(own),
    alternatives: top.map(toAlternative),
  }))
}

function toAlternative({ token: text, logprob: logProb, bytes }: z.infer<typeof alternative>): AnswerAlternative {
  return { text, bytes: bytes ? Uint8Array.from(bytes) : null, logProb: logProb ?? Number.NEGATIVE_INFINITY }
}
