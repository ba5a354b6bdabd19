import type { LoadedTokenizer } from '../../tokenizer/load-tokenizer.ts'
import type { Context } from '../member.ts'
import { refuseFull } from './full-context.ts'
import { refuseUnknownIds } from './known-ids.ts'

/**
 * The tokens of a context by the tokenizer file, for servers that are sent ids alone: they would take `</s>` in a text of a user's
 * for the end.
 *
 * @throws TuttiError `context_length_exceeded`, `member_rejected`.
 */
export function fileTokens(
  member: string,
  tokenizer: LoadedTokenizer,
  context: Context,
  { contextLength, size }: { readonly contextLength: number; readonly size: number },
): number[] {
  const tokens = 'tokens' in context ? context.tokens : tokenizer.encode(context.text)
  refuseFull(member, tokens.length, contextLength)
  refuseUnknownIds(member, tokens, size)
  return Array.from(tokens)
}
