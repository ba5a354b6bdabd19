import type { Vocabulary } from '../../core/lattice/vocabulary.ts'
import type { Capabilities, Member, Probe } from '../../members/member.ts'
import type { LoadedTokenizer } from '../../tokenizer/load-tokenizer.ts'
import { apart, nearlyEqual } from './apart.ts'
import type { Failure } from './failure.ts'
import { nextList } from './next-list.ts'
import { manyBytes, plainText, type Spelling, spelling } from './spelling.ts'

/** What four short calls tell of a member. */
export interface FirstLook {
  /** As declared, corrected by what was seen. */
  readonly capabilities: Capabilities
  /** Whether a context begins with a token of its own; null where tokens are not known. */
  readonly beginning: boolean | null
  readonly failures: readonly Failure[]
  /** What is no fault, and good to know. */
  readonly notes: readonly string[]
}

/** Entries enough to tell two contexts apart. */
const entries = 8

/**
 * Asks what can be asked quickly: whether tokens spell the text, whether the tokenizer file is the server's, and whether a
 * context of ids says what its text says. Rejects with the member's own errors.
 */
export async function firstLook(
  member: Member,
  { vocabulary, capabilities }: Probe,
  tokenizer: LoadedTokenizer | null,
  signal: AbortSignal,
): Promise<FirstLook> {
  const topK = Math.min(entries, capabilities.maxTopK)
  if (vocabulary === null) {
    const nothing = { capabilities, beginning: null, failures: [] }
    if (member.continueText === undefined) return { ...nothing, notes: ['it writes answers, and gives no lists'] }
    for await (const _ of member.continueText(plainText, { maxTokens: 1, topK, signal }));
    return { ...nothing, notes: ['its tokens are not known: lists are of texts'] }
  }
  const [plain, foreign] = await Promise.all([member.tokenize(plainText, signal), member.tokenize(manyBytes, signal)])
  const spelt = spelling(plain, vocabulary, plainText)
  const wide = spelling(foreign, vocabulary, manyBytes)
  const failures = [...misspelt(spelt, tokenizer), ...otherFile(spelt, vocabulary, tokenizer)]
  const notes = wide.exact ? [] : [`its tokens spell ${JSON.stringify(manyBytes)} as ${JSON.stringify(wide.said)}`]
  const seen = { ...capabilities, exactBytes: capabilities.exactBytes && wide.exact }
  const beginning = spelt.front.length > 0
  if (failures.length > 0 || !capabilities.tokenContexts) return { capabilities: seen, beginning, failures, notes }
  const [byText, byIds] = await Promise.all([
    nextList(member, { text: plainText }, { topK, signal }),
    nextList(member, { tokens: plain }, { topK, signal }),
  ])
  const tokenContexts = apart(byText, byIds) <= nearlyEqual
  if (!tokenContexts) notes.push('a context of ids has another list than its text: it is sent texts')
  return { capabilities: { ...seen, tokenContexts }, beginning, failures, notes }
}

function misspelt({ exact, said }: Spelling, tokenizer: LoadedTokenizer | null): Failure[] {
  if (exact) return []
  const reason = `its tokens spell ${JSON.stringify(plainText)} as ${JSON.stringify(said)}`
  return [tokenizer === null ? { check: 'bytes', reason, remedy: 'give its `tokenizer`' } : wrongFile(reason)]
}

/** The file's ids of a plain text must be the server's; of rare characters they differ by how each splits words. */
function otherFile({ exact, tokens }: Spelling, vocabulary: Vocabulary, tokenizer: LoadedTokenizer | null): Failure[] {
  if (tokenizer === null || !exact) return []
  const own = spelling(tokenizer.encode(plainText), vocabulary, plainText).tokens
  if (own.join() === tokens.join()) return []
  return [wrongFile(`the file makes ${shown(own)} of ${JSON.stringify(plainText)}, the server ${shown(tokens)}`)]
}

function wrongFile(reason: string): Failure {
  return { check: 'tokenizer file', reason, remedy: 'give the `tokenizer.json` of the model that is served' }
}

function shown(tokens: readonly number[]): string {
  return `[${tokens.slice(0, 6).join(' ')}${tokens.length > 6 ? ' …' : ''}]`
}
