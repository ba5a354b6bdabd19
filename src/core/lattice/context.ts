import { TuttiError } from '../../errors.ts'
import type { CompletedList } from './completed-list.ts'

/**
 * Tokens as a chain. It holds no list, so that a list is given up with the hypotheses that need it, however long the
 * text that has come since.
 */
export interface TokenChain {
  readonly parent: TokenChain | null
  /** The tokens this link adds: the whole prompt at the root, one token elsewhere. */
  readonly tokens: Int32Array
  readonly length: number
}

/** A token sequence that a member conditions on, with its list once the member has answered. */
export interface LatticeContext {
  readonly chain: TokenChain
  readonly length: number
  list: CompletedList | null
  /** The contexts one token longer that somebody has asked for, by that token. */
  longer: Map<number, LatticeContext> | null
}

export function rootContext(tokens: Int32Array): LatticeContext {
  return contextOf({ parent: null, tokens, length: tokens.length })
}

/**
 * The context one token longer: one object for whoever comes to it, by a stream, by a look ahead or by the text itself, so
 * that its list is fetched once. It lives as long as the context before it is in use.
 */
export function extendContext(context: LatticeContext, token: number): LatticeContext {
  context.longer ??= new Map()
  let longer = context.longer.get(token)
  if (longer === undefined) {
    const { chain } = context
    longer = contextOf({ parent: chain, tokens: Int32Array.of(token), length: chain.length + 1 })
    context.longer.set(token, longer)
  }
  return longer
}

function contextOf(chain: TokenChain): LatticeContext {
  return { chain, length: chain.length, list: null, longer: null }
}

/** The token ids of the context from its beginning. */
export function contextTokens(context: LatticeContext): Int32Array {
  const tokens = new Int32Array(context.length)
  for (let link: TokenChain | null = context.chain; link !== null; link = link.parent) {
    tokens.set(link.tokens, link.length - link.tokens.length)
  }
  return tokens
}

/** The list of a context whose list is known to have come. */
export function listOf(context: LatticeContext): CompletedList {
  if (context.list === null) throw new TuttiError('internal', 'a context was read before its list came')
  return context.list
}
