import type { LoadedTokenizer } from '../../tokenizer/load-tokenizer.ts'
import type { ContinueOptions, Member } from '../member.ts'
import { refuseFull } from '../shared/full-context.ts'
import { namedOperations } from '../shared/naming-server.ts'
import { commonParts, defineServed } from '../shared/served.ts'
import type { ServerOptions } from '../shared/server-options.ts'
import { ollamaAnswer } from './chat.ts'
import { generation } from './generate.ts'
import { type Known, meetServer } from './meet-server.ts'

export interface OllamaOptions extends ServerOptions {
  readonly model: string
  /** Null: the modelfile's, or the server's usual. */
  readonly contextLength: number | null
}

/** Longest list of any route. */
const mostListed = 20

/** A member served by Ollama: contexts and lists of texts, which a tokenizer file makes tokens of, and answers. */
export function defineOllamaMember(options: OllamaOptions): Member {
  const { id, model, tokenizer } = options
  const server = defineServed<Known>(options, (http, _before, signal) => meetServer(http, options, signal))
  const { http, known } = server
  const end = endOf(tokenizer)

  async function* steps(prompt: string | readonly number[], { maxTokens, topK, ...call }: ContinueOptions) {
    const { numCtx } = await known(call.signal)
    const text = String(prompt)
    const used = tokenizer?.encode(text).length ?? 0
    refuseFull(id, used, numCtx - 1)
    const asked = { model, prompt: text, maxTokens: Math.min(maxTokens, numCtx - used), topK, numCtx, end }
    yield* generation(http, id, asked, call)
  }

  return {
    ...commonParts('ollama', server, ({ numCtx }) => ({
      model,
      maxTopK: mostListed,
      contextLength: numCtx - 1,
      vocabulary: tokenizer?.vocabulary ?? null,
      fingerprint: tokenizer?.fingerprint ?? null,
      tokenContexts: false,
    })),
    ...namedOperations({ id, mostListed, takesTokens: false, samplesOne: false, steps }, tokenizer),
    async answer(request, { signal }) {
      const { numCtx } = await known(signal)
      const limits = { ...request, topK: Math.min(request.topK, mostListed) }
      return ollamaAnswer(http, id, { model, numCtx, request: limits }, signal)
    },
  }
}

/** How the end is written by the tokenizer's file; without one by a name that any list's reader knows. */
function endOf(tokenizer: LoadedTokenizer | null): string {
  const ends = [...(tokenizer?.named ?? [])].filter(([, token]) => tokenizer?.vocabulary.end.has(token))
  return ends[0]?.[0] ?? '<|endoftext|>'
}
