import { fromListedTexts } from '../../core/distribution/text-distribution.ts'
import { TuttiError } from '../../errors.ts'
import type { TextStep } from '../member.ts'
import { blame, brokenProtocol } from '../shared/failures.ts'
import type { TokenEvent } from './token-events.ts'

type Listed = TokenEvent['token']

const encoder = new TextEncoder()
const none = new Uint8Array(0)
/** What stands for bytes that are no whole character. */
const replacement = '\uFFFD'

/** A special token ends the text. Half a character is a token of unknown bytes, whose mass stays unlisted. */
function bytesOf({ text, special }: Listed): Uint8Array | null {
  if (special) return null
  return text.includes(replacement) ? none : encoder.encode(text)
}

/**
 * One step of a member without a tokenizer file, by what the server says its tokens are.
 *
 * @throws TuttiError `invalid_distribution`, `filtered_list`; `member_protocol` for a server that loses the blanks in front of tokens.
 */
export function readTexts({ token, top_tokens: list }: TokenEvent, topK: number, member: string): TextStep {
  refuseLostBlanks(token, list, member)
  if (list.length > 0 && list.length < topK) {
    throw new TuttiError('filtered_list', `${member}: ${list.length} tokens are listed where ${topK} were asked for`, {
      member,
    })
  }
  const listed = list.map((entry) => ({ bytes: bytesOf(entry), logProb: entry.logprob ?? Number.NEGATIVE_INFINITY }))
  try {
    return { distribution: fromListedTexts(listed, topK), bytes: bytesOf(token) }
  } catch (error) {
    throw blame(member, error)
  }
}

/**
 * Tokens of lists are decoded alone, where sentencepiece drops the blank in front; the chosen token is decoded in its text. Lists
 * that have lost their blanks would be wrong without looking so.
 */
function refuseLostBlanks(token: Listed, list: readonly Listed[], member: string): void {
  const alone = list.find(({ id }) => id === token.id)?.text
  if (alone === undefined || token.special || token.text !== ` ${alone}`) return
  throw brokenProtocol(
    member,
    `the server lists the token "${token.text}" as "${alone}": with this tokenizer it needs a \`tokenizer:\` file`,
  )
}
