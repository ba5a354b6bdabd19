import { TuttiError } from '../../errors.ts'

/**
 * For servers that do worse than refuse an id that they don't have: one counts it from the end of its vocabulary, another ends.
 *
 * @throws TuttiError `member_rejected` for a token outside the vocabulary.
 */
export function refuseUnknownIds(member: string, tokens: Iterable<number>, size: number): void {
  for (const token of tokens) {
    if (token >= 0 && token < size) continue
    const message = `${member}: token ${token} is none of the ${size} of the vocabulary`
    throw new TuttiError('member_rejected', message, { member })
  }
}
