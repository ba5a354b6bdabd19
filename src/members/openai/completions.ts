import type { LoadedTokenizer } from '../../tokenizer/load-tokenizer.ts'
import type { ContinueOptions, Member, QueryOptions } from '../member.ts'
import { refuseFull } from '../shared/full-context.ts'
import { firstSteps, singleStep, streamedCompletion } from '../shared/legacy-completions.ts'
import { namedOperations } from '../shared/naming-server.ts'
import type { Served } from '../shared/served.ts'
import { knownSteps } from '../shared/text-steps.ts'
import { namingRefusedLists } from './log-probabilities-refused.ts'

/** Longest list of `/v1/completions`. */
export const mostListed = 5

type Prompt = string | readonly number[]

/**
 * Every sampling field, neutral. Whether temperature warps the lists is not documented, so a single list is asked for at 1, where
 * it could not; only a path of several tokens has to be greedy.
 */
function completionBody<P>(model: string, prompt: P, maxTokens: number, topK: number) {
  const neutral = { top_p: 1, n: 1, echo: false, presence_penalty: 0, frequency_penalty: 0 }
  return { model, prompt, max_tokens: maxTokens, logprobs: topK, temperature: maxTokens === 1 ? 1 : 0, ...neutral }
}

/** What goes on with a context by the legacy completions; with a tokenizer file by ids, else by text. */
export function completionsOf({ id, http, known }: Served<number>, model: string, tokenizer: LoadedTokenizer | null) {
  const refused = (error: unknown): never => {
    throw namingRefusedLists(error, model, id)
  }

  /** Most tokens that there is room for behind a prompt; how many a text has is not known. */
  async function roomBehind(prompt: Prompt, signal: AbortSignal): Promise<number> {
    const used = typeof prompt === 'string' ? 0 : prompt.length
    const contextLength = await known(signal)
    refuseFull(id, used, contextLength)
    return contextLength + 1 - used
  }

  async function* steps(prompt: Prompt, { maxTokens, topK, ...call }: ContinueOptions) {
    const most = Math.min(maxTokens, await roomBehind(prompt, call.signal))
    try {
      yield* streamedCompletion(http, id, completionBody(model, prompt, most, topK), call)
    } catch (error) {
      refused(error)
    }
  }

  async function list(prompt: Prompt, { topK, ...call }: QueryOptions) {
    await roomBehind(prompt, call.signal)
    const step = await singleStep(http, id, completionBody(model, prompt, 1, topK), call).catch(refused)
    return step.list
  }

  const server = { id, mostListed, takesTokens: true, samplesOne: true, steps, list }
  return { ...namedOperations(server, tokenizer), ...(tokenizer === null ? {} : { query: queryOf(tokenizer) }) }

  function queryOf(tokenizer: LoadedTokenizer): NonNullable<Member['query']> {
    const { list: toList } = knownSteps(tokenizer, id)
    return async (contexts, { topK, ...call }) => {
      const k = Math.min(topK, mostListed)
      const contextLength = await known(call.signal)
      const prompts = contexts.map((one) => Array.from('tokens' in one ? one.tokens : tokenizer.encode(one.text)))
      for (const { length } of prompts) refuseFull(id, length, contextLength)
      const found = await firstSteps(http, id, completionBody(model, prompts, 1, k), call).catch(refused)
      return found.map(({ list }) => toList(list, k))
    }
  }
}
