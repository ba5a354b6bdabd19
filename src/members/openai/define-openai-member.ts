import type { Member } from '../member.ts'
import { chatAnswer, chatBody, isPrefilled } from '../shared/chat-answer.ts'
import { neverContinues, notOffered } from '../shared/not-offered.ts'
import { commonParts, defineServed, type Served } from '../shared/served.ts'
import type { ServerOptions } from '../shared/server-options.ts'
import { completionsOf, mostListed } from './completions.ts'
import { contextLengthOf } from './context-length.ts'
import { namingRefusedLists } from './log-probabilities-refused.ts'

export interface OpenaiOptions extends ServerOptions {
  readonly model: string
  /** `completions` for models that have the legacy API with log-probabilities. */
  readonly api: 'chat' | 'completions'
  /** Null: what the server tells, if it does. */
  readonly contextLength: number | null
  /** Sent with every call, e.g. `openai-organization`. */
  readonly headers: Readonly<Record<string, string>>
}

/** Most alternatives of a token of an answer. */
const mostAlternatives = 20

/** A member of OpenAI's API or of one that follows it: distributions by its legacy completions, or answers by its chat. */
export function defineOpenaiMember(options: OpenaiOptions): Member {
  const { model, api, tokenizer, headers } = options
  // The base URL is commonly given with the version, which the paths here begin with.
  const place = { ...options, url: options.url.replace(/\/v1$/, '') }
  const server = defineServed<number>(place, (http, _before, signal) => contextLengthOf(http, options, signal), {
    headers,
  })
  const maxTopK = api === 'chat' ? mostAlternatives : mostListed
  const { vocabulary, fingerprint } = (api === 'completions' && tokenizer) || { vocabulary: null, fingerprint: null }
  return {
    ...commonParts('openai', server, (contextLength) => ({ model, maxTopK, contextLength, vocabulary, fingerprint })),
    ...(api === 'completions' ? completionsOf(server, model, tokenizer) : chatOf(server, model)),
  }
}

function chatOf({ id, http, known }: Served<number>, model: string): Pick<Member, 'continue' | 'tokenize' | 'answer'> {
  const answersOnly = notOffered(id, 'gives answers (`api: chat`), and no distributions after a given text')
  return {
    continue: () => neverContinues(answersOnly),
    tokenize: () => Promise.reject(answersOnly),
    async answer(request, { signal }) {
      if (isPrefilled(request)) {
        throw notOffered(id, 'answers from the beginning: the API has no means to go on with a turn that has begun')
      }
      await known(signal)
      const asked = chatBody(model, { ...request, topK: Math.min(request.topK, mostAlternatives) })
      const neutral = { n: 1, presence_penalty: 0, frequency_penalty: 0, max_completion_tokens: request.maxTokens }
      return chatAnswer(http, id, { ...asked, ...neutral }, signal).catch((error) => {
        throw namingRefusedLists(error, model, id)
      })
    },
  }
}
