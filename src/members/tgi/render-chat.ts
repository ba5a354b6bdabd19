import { TuttiError } from '../../errors.ts'
import type { ChatMessage } from '../member.ts'
import { checkShape } from '../shared/check-shape.ts'
import type { HttpClient } from '../shared/http-client.ts'
import { chatSchema, tokensSchema } from './wire-schemas.ts'

/**
 * The text of a conversation by the server's template, as it is to be sent to `/generate`: without the special tokens that the
 * server puts in front of every text, which templates write out.
 */
export async function renderChat(
  http: HttpClient,
  member: string,
  messages: readonly ChatMessage[],
  signal: AbortSignal,
): Promise<string> {
  const answer = checkShape(chatSchema, await http.post('/chat_tokenize', { messages }, signal), member, 'the chat')
  const { tokenize_response: own, templated_text: text } = answer
  const again = checkShape(tokensSchema, await http.post('/tokenize', { inputs: text }, signal), member, '/tokenize')
  const added = again.findIndex(({ stop }) => stop > 0)
  const twice = added > 0 && again.slice(0, added).every(({ id }, i) => own[i]?.id === id)
  const from = twice ? (own[added - 1]?.stop ?? 0) : 0
  return untrimmed([...text].slice(from).join(''), messages.at(-1), member)
}

/** The server leaves a last message of the assistant's open, and cuts the blanks off its end. */
function untrimmed(text: string, last: ChatMessage | undefined, member: string): string {
  if (last?.role !== 'assistant') return text
  const kept = last.content.trimEnd()
  if (text.endsWith(kept)) return text + last.content.slice(kept.length)
  throw new TuttiError('member_rejected', `${member}: its template changes the answer's beginning`, { member })
}
