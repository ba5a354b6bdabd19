import { TuttiError } from '../../errors.ts'
import type { CompletedList } from './completed-list.ts'

/**
 * Tokens as a chain. It holds no list, so that a list is given up with the hypotheses that need it, however long the
 * text that has come since.
 */
export type TokenChain = ChainRoot | ChainLink

interface ChainRoot {
  readonly parent: null
  readonly tokens: Int32Array
  readonly length: number
}

/** One token more. Not an array of one: a link is made for every token that ends anywhere, most of them to be pruned. */
interface ChainLink {
  readonly parent: TokenChain
  readonly token: number
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
    longer = looseContext(context, token)
    context.longer.set(token, longer)
  }
  return longer
}

/** The context one token longer as an object that nobody else comes to: for those that are pruned as soon as they are made. */
export function looseContext({ chain }: LatticeContext, token: number): LatticeContext {
  return contextOf({ parent: chain, token, length: chain.length + 1 })
}

function contextOf(chain: TokenChain): LatticeContext {
  return { chain, length: chain.length, list: null, longer: null }
}

/** Whether the context is `token` after `chain`. */
export function adds({ chain }: LatticeContext, token: number, to: TokenChain): boolean {
  return chain.parent !== null && chain.parent === to && chain.token === token
}

/** The token ids of the context from its beginning. */
export function contextTokens(context: LatticeContext): Int32Array {
  const tokens = new Int32Array(context.length)
  let link = context.chain
  for (; link.parent !== null; link = link.parent) tokens[link.length - 1] = link.token
  tokens.set(link.tokens)
  return tokens
}

/** The list of a context whose list is known to have come. */
export function listOf(context: LatticeContext): CompletedList {
  if (context.list === null) throw new TuttiError('internal', 'a context was read before its list came')
  return context.list
}
