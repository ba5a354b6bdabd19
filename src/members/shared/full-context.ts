import { TuttiError } from '../../errors.ts'

/** @throws TuttiError `context_length_exceeded` for a context that leaves no room for a token. */
export function refuseFull(member: string, tokens: number, contextLength: number): void {
  if (tokens <= contextLength) return
  throw new TuttiError(
    'context_length_exceeded',
    `${member}: the context has ${tokens} tokens, and the server takes at most ${contextLength}`,
    { member },
  )
}
