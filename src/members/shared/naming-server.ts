import type { TokenDistribution } from '../../core/distribution/token-distribution.ts'
import type { LoadedTokenizer } from '../../tokenizer/load-tokenizer.ts'
import type { Context, ContinueOptions, Member, QueryOptions } from '../member.ts'
import type { TextEntry } from './listed-texts.ts'
import { neverContinues, notOffered } from './not-offered.ts'
import { knownSteps, type NamedStep, textList, textSteps } from './text-steps.ts'

/** A text, or tokens, to go on from. */
export type ServerPrompt = string | readonly number[]

/** A server whose lists name tokens by text. */
export interface NamingServer {
  readonly id: string
  /** Longest list. */
  readonly mostListed: number
  /** Whether contexts may be token ids; if not, they are texts alone. */
  readonly takesTokens: boolean
  /** A single token may be sampled: the greedy choice is then the list's. */
  readonly samplesOne: boolean
  /** The model's own way on from a prompt. */
  steps(prompt: ServerPrompt, options: ContinueOptions): AsyncIterable<NamedStep>
  /** The list of the first step of each of several prompts, where one call brings them. */
  lists?(prompts: readonly ServerPrompt[], options: QueryOptions): Promise<readonly (readonly TextEntry[])[]>
}

type Operations = Pick<Member, 'continue' | 'continueText' | 'list' | 'listText' | 'query' | 'tokenize'>

/** How a member of such a server goes on: in tokens where a tokenizer file tells them, else in texts. */
export function namedOperations(server: NamingServer, tokenizer: LoadedTokenizer | null): Operations {
  return tokenizer === null ? byText(server) : byTokens(server, tokenizer)
}

function limited<O extends QueryOptions>(options: O, { mostListed }: NamingServer): O {
  return { ...options, topK: Math.min(options.topK, mostListed) }
}

function byText(server: NamingServer): Operations {
  const refusal = notOffered(server.id, 'has no `tokenizer` file, so its tokens are known by their texts alone')
  const { lists } = server
  return {
    continue: () => neverContinues(refusal),
    continueText(text, options) {
      const limits = limited(options, server)
      return textSteps(server.steps(text, limits), limits.topK, server.id)
    },
    ...(lists && {
      async listText(text, options) {
        const limits = limited(options, server)
        const [list = []] = await lists([text], limits)
        return textList(list, limits.topK, server.id)
      },
    }),
    tokenize: () => Promise.reject(refusal),
  }
}

function byTokens(server: NamingServer, tokenizer: LoadedTokenizer): Operations {
  const known = knownSteps(tokenizer, server.id)
  const { lists } = server
  const refuses = (context: Context) =>
    'tokens' in context && !server.takesTokens ? notOffered(server.id, 'takes texts, not tokens') : null
  const query =
    lists &&
    (async (contexts: readonly Context[], options: QueryOptions) => {
      for (const refusal of contexts.map(refuses)) if (refusal !== null) throw refusal
      const limits = limited(options, server)
      const found = await lists(
        contexts.map((context) => promptOf(context, server, tokenizer)),
        limits,
      )
      return found.map((list) => known.list(list, limits.topK))
    })
  return {
    continue(context, options) {
      const refusal = refuses(context)
      if (refusal !== null) return neverContinues(refusal)
      const limits = limited(options, server)
      const chosen = options.maxTokens > 1 || !server.samplesOne
      return known.along(server.steps(promptOf(context, server, tokenizer), limits), limits.topK, chosen)
    },
    ...(query && {
      query,
      async list(context, options) {
        const [list] = await query([context], options)
        return list as TokenDistribution
      },
    }),
    tokenize: async (text) => tokenizer.encode(text),
  }
}

function promptOf(context: Context, { takesTokens }: NamingServer, tokenizer: LoadedTokenizer) {
  if ('tokens' in context) return Array.from(context.tokens)
  return takesTokens ? Array.from(tokenizer.encode(context.text)) : context.text
}
