import type { Answer, AnswerRequest, AnswerToken } from '../member.ts'
import { answerTokens, finishOf } from '../shared/chat-answer.ts'
import { brokenProtocol } from '../shared/failures.ts'
import type { HttpClient } from '../shared/http-client.ts'
import { lines } from './generate.ts'

function chatBody(model: string, numCtx: number, request: AnswerRequest) {
  const { messages, maxTokens, temperature, topP, seed, stop, topK } = request
  const sampling = { temperature, top_p: topP, top_k: 0, min_p: 0, repeat_penalty: 1, stop }
  return {
    model,
    messages,
    stream: true,
    truncate: false,
    shift: false,
    ...(topK === 0 ? {} : { logprobs: true, top_logprobs: topK }),
    options: { ...sampling, num_predict: maxTokens, num_ctx: numCtx, ...(seed === null ? {} : { seed }) },
  }
}

/** A last message of the assistant's is gone on with by the server itself (recalled, not found in its documents). */
export async function ollamaAnswer(
  http: HttpClient,
  member: string,
  { model, numCtx, request }: { readonly model: string; readonly numCtx: number; readonly request: AnswerRequest },
  signal: AbortSignal,
): Promise<Answer> {
  let text = ''
  const tokens: AnswerToken[] = []
  for await (const line of lines(http, member, chatBody(model, numCtx, request), signal, '/api/chat')) {
    text += line.message?.content ?? ''
    tokens.push(...answerTokens(line.logprobs))
    if (!line.done) continue
    const usage = { promptTokens: line.prompt_eval_count ?? 0, answerTokens: line.eval_count ?? 0 }
    return { text, finish: finishOf(line.done_reason ?? 'stop'), tokens: tokens.length > 0 ? tokens : null, usage }
  }
  throw brokenProtocol(member, 'the answer ended without a finish')
}
