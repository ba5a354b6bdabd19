import type { LoadedTokenizer } from '../../tokenizer/load-tokenizer.ts'
import type { ContinueOptions, QueryOptions } from '../member.ts'
import { refuseFull } from '../shared/full-context.ts'
import { firstSteps, streamedCompletion } from '../shared/legacy-completions.ts'
import { namedOperations, type ServerPrompt } from '../shared/naming-server.ts'
import type { Served } from '../shared/served.ts'
import { namingRefusedLists } from './log-probabilities-refused.ts'

/** Longest list of `/v1/completions`. */
export const mostListed = 5

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

  /** Most tokens that there is room for behind each of the prompts; how many a text has is not known. */
  async function roomBehind(prompts: readonly ServerPrompt[], signal: AbortSignal): Promise<number> {
    const contextLength = await known(signal)
    const used = prompts.map((prompt) => (typeof prompt === 'string' ? 0 : prompt.length))
    for (const tokens of used) refuseFull(id, tokens, contextLength)
    return contextLength + 1 - Math.max(...used)
  }

  async function* steps(prompt: ServerPrompt, { maxTokens, topK, ...call }: ContinueOptions) {
    const most = Math.min(maxTokens, await roomBehind([prompt], call.signal))
    try {
      yield* streamedCompletion(http, id, completionBody(model, prompt, most, topK), call)
    } catch (error) {
      refused(error)
    }
  }

  async function lists(prompts: readonly ServerPrompt[], { topK, ...call }: QueryOptions) {
    await roomBehind(prompts, call.signal)
    const found = await firstSteps(http, id, completionBody(model, prompts, 1, topK), call).catch(refused)
    return found.map(({ list }) => list)
  }

  return namedOperations({ id, mostListed, takesTokens: true, samplesOne: true, steps, lists }, tokenizer)
}
