import type { LoadedTokenizer } from '../../tokenizer/load-tokenizer.ts'
import type { Context, ContinueOptions, Member, QueryOptions } from '../member.ts'
import { refuseFull } from '../shared/full-context.ts'
import type { HttpClient } from '../shared/http-client.ts'
import { neverContinues, notOffered } from '../shared/not-offered.ts'
import { knownSteps, type NamedStep, textSteps } from '../shared/text-steps.ts'
import { batchedCompletions, streamedCompletion } from './completions.ts'
import { namingRefusedLists } from './log-probabilities-refused.ts'
import type { Known } from './meet-server.ts'

/** Longest list of `/v1/completions`. */
export const mostListed = 5

interface Server {
  readonly id: string
  readonly http: HttpClient
  known(signal: AbortSignal): Promise<Known>
}

type Operations = Pick<Member, 'continue' | 'continueText' | 'query' | 'tokenize'>

/** What goes on with a context by the legacy completions; with a tokenizer file by ids, else by text. */
export function completionsOf(server: Server, tokenizer: LoadedTokenizer | null): Operations {
  return tokenizer === null ? byText(server) : byIds(server, tokenizer)
}

async function* asked(
  { id, http, known }: Server,
  prompt: string | readonly number[],
  { maxTokens, topK, signal }: ContinueOptions,
): AsyncGenerator<NamedStep, void> {
  const { model, contextLength } = await known(signal)
  const used = typeof prompt === 'string' ? 0 : prompt.length
  refuseFull(id, used, contextLength)
  const most = Math.min(maxTokens, contextLength + 1 - used)
  try {
    yield* streamedCompletion(http, id, { model, prompt, maxTokens: most, topK }, signal)
  } catch (error) {
    throw namingRefusedLists(error, model, id)
  }
}

function limited<T extends QueryOptions>(options: T): T {
  return { ...options, topK: Math.min(options.topK, mostListed) }
}

function byText(server: Server): Operations {
  const why = 'has no `tokenizer` file, so its tokens are known by their texts alone'
  return {
    continue: () => neverContinues(notOffered(server.id, why)),
    continueText(text, options) {
      const limits = limited(options)
      return textSteps(asked(server, text, limits), limits.topK, server.id)
    },
    tokenize: () => Promise.reject(notOffered(server.id, why)),
  }
}

function byIds(server: Server, tokenizer: LoadedTokenizer): Operations {
  const { id, http, known } = server
  const steps = knownSteps(tokenizer, id)
  const idsOf = (context: Context) => Array.from('tokens' in context ? context.tokens : tokenizer.encode(context.text))
  return {
    continue(context, options) {
      const limits = limited(options)
      // A single token was sampled: the greedy choice is the list's.
      return steps.along(asked(server, idsOf(context), limits), limits.topK, options.maxTokens > 1)
    },
    async query(contexts, options) {
      const { topK, signal } = limited(options)
      const { model, contextLength } = await known(signal)
      const prompt = contexts.map(idsOf)
      for (const { length } of prompt) refuseFull(id, length, contextLength)
      if (prompt.length === 0) return []
      const found = await batchedCompletions(http, id, { model, prompt, topK }, signal).catch((error) => {
        throw namingRefusedLists(error, model, id)
      })
      return found.map(({ list }) => steps.list(list, topK))
    },
    tokenize: async (text) => tokenizer.encode(text),
  }
}
