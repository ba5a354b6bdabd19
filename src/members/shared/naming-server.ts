import type { LoadedTokenizer } from '../../tokenizer/load-tokenizer.ts'
import type { Context, ContinueOptions, Member } from '../member.ts'
import { neverContinues, notOffered } from './not-offered.ts'
import { knownSteps, type NamedStep, textSteps } from './text-steps.ts'

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
  steps(prompt: string | readonly number[], options: ContinueOptions): AsyncIterable<NamedStep>
}

type Operations = Pick<Member, 'continue' | 'continueText' | 'tokenize'>

/** How a member of such a server goes on: in tokens where a tokenizer file tells them, else in texts. */
export function namedOperations(server: NamingServer, tokenizer: LoadedTokenizer | null): Operations {
  return tokenizer === null ? byText(server) : byTokens(server, tokenizer)
}

function limited(options: ContinueOptions, { mostListed }: NamingServer): ContinueOptions {
  return { ...options, topK: Math.min(options.topK, mostListed) }
}

function byText(server: NamingServer): Operations {
  const refusal = notOffered(server.id, 'has no `tokenizer` file, so its tokens are known by their texts alone')
  return {
    continue: () => neverContinues(refusal),
    continueText(text, options) {
      const limits = limited(options, server)
      return textSteps(server.steps(text, limits), limits.topK, server.id)
    },
    tokenize: () => Promise.reject(refusal),
  }
}

function byTokens(server: NamingServer, tokenizer: LoadedTokenizer): Operations {
  const known = knownSteps(tokenizer, server.id)
  return {
    continue(context, options) {
      if ('tokens' in context && !server.takesTokens) {
        return neverContinues(notOffered(server.id, 'takes texts, not tokens'))
      }
      const limits = limited(options, server)
      const chosen = options.maxTokens > 1 || !server.samplesOne
      return known.along(server.steps(promptOf(context, server, tokenizer), limits), limits.topK, chosen)
    },
    tokenize: async (text) => tokenizer.encode(text),
  }
}

function promptOf(context: Context, { takesTokens }: NamingServer, tokenizer: LoadedTokenizer) {
  if ('tokens' in context) return Array.from(context.tokens)
  return takesTokens ? Array.from(tokenizer.encode(context.text)) : context.text
}
