import type { Answer, AnswerRequest } from '../member.ts'
import { chatAnswer, chatBody, isPrefilled, withoutStop } from '../shared/chat-answer.ts'
import type { HttpClient } from '../shared/http-client.ts'
import { notOffered } from '../shared/not-offered.ts'
import type { Known } from './meet-server.ts'

/**
 * An answer by the server's chat. No penalties are sent: the server makes a repetition penalty of 2 out of a presence penalty of 0
 * (router/src/lib.rs, `ChatRequest::try_into_generate`). A top-p of 1 it refuses.
 */
export async function tgiAnswer(
  http: HttpClient,
  member: string,
  { model, maxTopK }: Known,
  request: AnswerRequest,
  signal: AbortSignal,
): Promise<Answer> {
  const begun = isPrefilled(request) ? (request.messages.at(-1)?.content ?? '') : ''
  if (begun !== begun.trimEnd())
    throw notOffered(member, 'goes on with no turn that ends in a blank, which TGI cuts off')
  const { top_p, ...body } = chatBody(model, { ...request, topK: Math.min(request.topK, maxTopK) })
  const filter = top_p < 1 ? { top_p } : {}
  const answer = await chatAnswer(http, member, { ...body, ...filter, max_tokens: request.maxTokens }, signal)
  return withoutStop(answer, request.stop)
}
