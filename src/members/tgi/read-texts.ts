import { TuttiError } from '../../errors.ts'
import type { TextStep } from '../member.ts'
import { brokenProtocol } from '../shared/failures.ts'
import { tokenBytes, toTextDistribution } from '../shared/listed-texts.ts'
import type { TokenEvent } from './token-events.ts'

type Listed = TokenEvent['token']

/**
 * One step of a member without a tokenizer file, by what the server says its tokens are: a special one ends the text.
 *
 * @throws TuttiError `invalid_distribution`, `filtered_list`; `member_protocol` for a server that loses the blanks in front of tokens.
 */
export function readTexts({ token, top_tokens: list }: TokenEvent, topK: number, member: string): TextStep {
  refuseLostBlanks(token, list, member)
  if (list.length > 0 && list.length < topK) {
    const why = `${list.length} tokens are listed where ${topK} were asked for`
    throw new TuttiError('filtered_list', `${member}: ${why}`, { member })
  }
  const entries = list.map(({ text, special, logprob }) => ({ bytes: tokenBytes(text, special), logProb: logprob }))
  return { distribution: toTextDistribution(entries, topK, member), bytes: tokenBytes(token.text, token.special) }
}

/**
 * Tokens of lists are decoded alone, where sentencepiece drops the blank in front; the chosen token is decoded in its text. Lists
 * that have lost their blanks would be wrong without looking so.
 */
function refuseLostBlanks(token: Listed, list: readonly Listed[], member: string): void {
  const alone = list.find(({ id }) => id === token.id)?.text
  if (alone === undefined || token.special || token.text !== ` ${alone}`) return
  const why = `the server lists the token "${token.text}" as "${alone}": with this tokenizer it needs a \`tokenizer:\` file`
  throw brokenProtocol(member, why)
}
