import { TuttiError } from '../../errors.ts'
import type { CompletedList } from './completed-list.ts'

/** A token sequence that a member conditions on, as a chain, with its list once the member has answered. */
export interface LatticeContext {
  readonly parent: LatticeContext | null
  /** The tokens this link adds: the whole prompt at the root, one token elsewhere. */
  readonly tokens: Int32Array
  readonly length: number
  list: CompletedList | null
}

export function rootContext(tokens: Int32Array): LatticeContext {
  return { parent: null, tokens, length: tokens.length, list: null }
}

export function extendContext(parent: LatticeContext, token: number): LatticeContext {
  return { parent, tokens: Int32Array.of(token), length: parent.length + 1, list: null }
}

/** The token ids of the context from its beginning. */
export function contextTokens(context: LatticeContext): Int32Array {
  const tokens = new Int32Array(context.length)
  for (let link: LatticeContext | null = context; link !== null; link = link.parent) {
    tokens.set(link.tokens, link.length - link.tokens.length)
  }
  return tokens
}

/** The list of a context whose list is known to have come. */
export function listOf(context: LatticeContext): CompletedList {
  if (context.list === null) throw new TuttiError('internal', 'a context was read before its list came')
  return context.list
}
