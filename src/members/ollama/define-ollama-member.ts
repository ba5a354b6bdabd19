import type { LoadedTokenizer } from '../../tokenizer/load-tokenizer.ts'
import type { Capabilities, ContinueOptions, Member } from '../member.ts'
import { defineAcquaintance } from '../shared/acquaintance.ts'
import { refuseFull } from '../shared/full-context.ts'
import { defineHttpClient } from '../shared/http-client.ts'
import { neverContinues, notOffered } from '../shared/not-offered.ts'
import { defaultLimits, type ServerOptions } from '../shared/server-options.ts'
import { knownSteps, textSteps } from '../shared/text-steps.ts'
import { ollamaAnswer } from './chat.ts'
import { generation } from './generate.ts'
import { type Known, meetServer } from './meet-server.ts'

export interface OllamaOptions extends ServerOptions {
  readonly model: string
  /** Null: the modelfile's, or the server's usual. */
  readonly contextLength: number | null
}

const meetingMs = 30_000

/** Longest list of any route. */
const mostListed = 20

/** A member served by Ollama: contexts and lists of texts, which a tokenizer file makes tokens of, and answers. */
export function defineOllamaMember(options: OllamaOptions): Member {
  const { id, url, model, apiKey, contextLength: given, tokenizer, limits } = options
  const http = defineHttpClient(id, url, { ...defaultLimits, ...limits }, { apiKey })
  const { known, renewed } = defineAcquaintance<Known>(id, meetingMs, (_before, signal) =>
    meetServer(http, { member: id, model, given }, signal),
  )
  const end = endOf(tokenizer)

  function capabilitiesOf({ numCtx }: Known): Capabilities {
    return {
      maxTopK: mostListed,
      exactBytes: tokenizer !== null,
      tokenContexts: false,
      scoring: 'none',
      streaming: true,
      basis: 'raw',
      vocabularyFingerprint: tokenizer?.fingerprint ?? null,
      contextLength: numCtx - 1,
    }
  }

  async function* generated(prompt: string, { maxTokens, topK, signal }: ContinueOptions) {
    const { numCtx } = await known(signal)
    const used = tokenizer?.encode(prompt).length ?? 0
    refuseFull(id, used, numCtx - 1)
    yield* generation(
      http,
      id,
      { model, prompt, maxTokens: Math.min(maxTokens, numCtx - used), topK, numCtx, end },
      signal,
    )
  }

  const limited = (asked: ContinueOptions) => ({ ...asked, topK: Math.min(asked.topK, mostListed) })

  function byText(): Pick<Member, 'continue' | 'continueText' | 'tokenize'> {
    const refusal = notOffered(id, 'has no `tokenizer` file, so its tokens are known by their texts alone')
    return {
      continue: () => neverContinues(refusal),
      continueText: (text, asked) => textSteps(generated(text, limited(asked)), limited(asked).topK, id),
      tokenize: () => Promise.reject(refusal),
    }
  }

  function byTokens(known: LoadedTokenizer): Pick<Member, 'continue' | 'tokenize'> {
    const steps = knownSteps(known, id)
    return {
      continue(context, asked) {
        if ('tokens' in context) return neverContinues(notOffered(id, 'takes texts, not tokens'))
        return steps.along(generated(context.text, limited(asked)), limited(asked).topK, true)
      },
      tokenize: async (text) => known.encode(text),
    }
  }

  return {
    id,
    kind: 'ollama',
    replica: url,
    ...(tokenizer === null ? byText() : byTokens(tokenizer)),
    async answer(request, { signal }) {
      const { numCtx } = await known(signal)
      const limits = { ...request, topK: Math.min(request.topK, mostListed) }
      return ollamaAnswer(http, id, { model, numCtx, request: limits }, signal)
    },
    async probe(signal) {
      return { model, capabilities: capabilitiesOf(await renewed(signal)), vocabulary: tokenizer?.vocabulary ?? null }
    },
    close: () => http.close(),
  }
}

/** How the end is written by the tokenizer's file; without one by a name that any list's reader knows. */
function endOf(tokenizer: LoadedTokenizer | null): string {
  const ends = [...(tokenizer?.named ?? [])].filter(([, token]) => tokenizer?.vocabulary.end.has(token))
  return ends[0]?.[0] ?? '<|endoftext|>'
}
