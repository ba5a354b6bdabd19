import { TuttiError } from '../../errors.ts'

/**
 * The longest list that a server gives: what is asked for, or what its refusal names. The one place where a server's words are
 * read, for servers that tell their limit nowhere else.
 *
 * @param ask makes a call with lists of a length.
 * @param words the limit in the server's refusal, as the first group.
 */
export async function largestTopK(
  ask: (topK: number) => Promise<unknown>,
  most: number,
  words: RegExp,
): Promise<number> {
  try {
    await ask(most)
    return most
  } catch (error) {
    if (!(error instanceof TuttiError) || error.code !== 'member_rejected') throw error
    const limit = words.exec(error.message)?.[1]
    if (limit === undefined) throw error
    return Math.min(Number(limit), most)
  }
}
