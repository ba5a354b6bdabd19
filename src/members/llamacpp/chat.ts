import type { Answer, AnswerRequest } from '../member.ts'
import { chatAnswer, chatBody, isPrefilled } from '../shared/chat-answer.ts'
import type { HttpClient } from '../shared/http-client.ts'
import { unfiltered } from './completion-body.ts'
import type { Known } from './meet-server.ts'

/** An answer by the server's chat. A last message of the assistant's is gone on with by the server itself, which says it once more. */
export async function llamacppAnswer(
  http: HttpClient,
  member: string,
  { model, vocabulary }: Known,
  request: AnswerRequest,
  signal: AbortSignal,
): Promise<Answer> {
  const topK = Math.min(request.topK, vocabulary.size)
  const body = { ...chatBody(model, { ...request, topK }), ...unfiltered, max_tokens: request.maxTokens }
  const answer = await chatAnswer(http, member, body, signal)
  const begun = isPrefilled(request) ? (request.messages.at(-1)?.content ?? '') : ''
  return answer.text.startsWith(begun) ? { ...answer, text: answer.text.slice(begun.length) } : answer
}
