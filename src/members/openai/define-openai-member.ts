import type { Answer, AnswerRequest, Capabilities, Member } from '../member.ts'
import { defineAcquaintance } from '../shared/acquaintance.ts'
import { chatAnswer, chatBody, isPrefilled } from '../shared/chat-answer.ts'
import { defineHttpClient } from '../shared/http-client.ts'
import { neverContinues, notOffered } from '../shared/not-offered.ts'
import { defaultLimits, type ServerOptions } from '../shared/server-options.ts'
import { completionsOf, mostListed } from './completions-member.ts'
import { namingRefusedLists } from './log-probabilities-refused.ts'
import { type Known, meetServer } from './meet-server.ts'

export interface OpenaiOptions extends ServerOptions {
  readonly model: string
  /** `completions` for models that have the legacy API with log-probabilities. */
  readonly api: 'chat' | 'completions'
  /** Null: what the server tells, if it does. */
  readonly contextLength: number | null
  /** Sent with every call, e.g. `openai-organization`. */
  readonly headers: Readonly<Record<string, string>>
}

const meetingMs = 30_000

/** Most alternatives of a token of an answer. */
const mostAlternatives = 20

/** A member of OpenAI's API or of one that follows it: distributions by its legacy completions, or answers by its chat. */
export function defineOpenaiMember(options: OpenaiOptions): Member {
  const { id, url, model, api, apiKey, contextLength: given, tokenizer, limits, headers } = options
  // The base URL is commonly given with the version, which the paths here begin with.
  const http = defineHttpClient(id, url.replace(/\/v1$/, ''), { ...defaultLimits, ...limits }, { apiKey, headers })
  const { known, renewed } = defineAcquaintance<Known>(id, meetingMs, (_before, signal) =>
    meetServer(http, { member: id, model, given }, signal),
  )
  const exact = api === 'completions' ? tokenizer : null

  function capabilitiesOf({ contextLength }: Known): Capabilities {
    return {
      maxTopK: api === 'chat' ? mostAlternatives : mostListed,
      exactBytes: exact !== null,
      tokenContexts: exact !== null,
      scoring: 'none',
      streaming: true,
      basis: 'raw',
      vocabularyFingerprint: exact?.fingerprint ?? null,
      contextLength,
    }
  }

  async function answer(request: AnswerRequest, { signal }: { readonly signal: AbortSignal }): Promise<Answer> {
    if (isPrefilled(request)) {
      throw notOffered(id, 'answers from the beginning: the API has no means to go on with a turn that has begun')
    }
    await known(signal)
    const topK = Math.min(request.topK, mostAlternatives)
    const neutral = { n: 1, presence_penalty: 0, frequency_penalty: 0, max_completion_tokens: request.maxTokens }
    const body = { ...chatBody(model, { ...request, topK }), ...neutral }
    return chatAnswer(http, id, body, signal).catch((error) => {
      throw namingRefusedLists(error, model, id)
    })
  }

  const answersOnly = notOffered(id, 'gives answers (`api: chat`), and no distributions after a given text')
  const operations =
    api === 'completions'
      ? completionsOf({ id, http, known }, tokenizer)
      : { continue: () => neverContinues(answersOnly), tokenize: () => Promise.reject(answersOnly), answer }

  return {
    id,
    kind: 'openai',
    replica: url,
    ...operations,
    async probe(signal) {
      return { model, capabilities: capabilitiesOf(await renewed(signal)), vocabulary: exact?.vocabulary ?? null }
    },
    close: () => http.close(),
  }
}
