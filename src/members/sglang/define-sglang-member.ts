import type { LoadedTokenizer } from '../../tokenizer/load-tokenizer.ts'
import type { Context, Member } from '../member.ts'
import { chatAnswer } from '../shared/chat-answer.ts'
import { checkShape } from '../shared/check-shape.ts'
import { brokenProtocol } from '../shared/failures.ts'
import { fileTokens } from '../shared/file-tokens.ts'
import { refuseFull } from '../shared/full-context.ts'
import { refuseUnknownIds } from '../shared/known-ids.ts'
import { commonParts, defineServed } from '../shared/served.ts'
import type { ServerOptions } from '../shared/server-options.ts'
import { answerBody, generateBody, scoreBody } from './generate-body.ts'
import { greedyPath } from './greedy-path.ts'
import { type Known, meetServer } from './meet-server.ts'
import { readScores, readSteps, tellMeta } from './read-steps.ts'
import { answerSchema, tokensSchema } from './wire-schemas.ts'

/** A member served by SGLang: contexts of token ids, lists of any length, bytes and tokens by the tokenizer file. */
export function defineSglangMember(options: ServerOptions & { readonly tokenizer: LoadedTokenizer }): Member {
  const { id, tokenizer } = options
  const server = defineServed<Known>(options, (http, before, signal) => meetServer(http, options, before, signal))
  const { http, known } = server

  function tokensOf(context: Context, { contextLength, vocabulary }: Known): number[] {
    return fileTokens(id, tokenizer, context, { contextLength, size: vocabulary.size })
  }

  /** A list longer than the vocabulary would end the server. */
  function shapeFor({ vocabulary }: Known, topK: number) {
    return { vocabularySize: vocabulary.size, topK: Math.min(topK, vocabulary.size) }
  }

  return {
    ...commonParts('sglang', server, (known) => ({ ...known, maxTopK: known.vocabulary.size, scoring: 'listed' })),
    async *continue(context, options) {
      const server = await known(options.signal)
      const { topK } = shapeFor(server, options.topK)
      yield* greedyPath(http, id, server, tokensOf(context, server), { ...options, topK })
    },
    async query(contexts, { topK, ...call }) {
      const { signal } = call
      const server = await known(signal)
      const shape = shapeFor(server, topK)
      const prompts = contexts.map((context) => tokensOf(context, server))
      if (prompts.length === 0) return []
      const answers: unknown = await http.post('/generate', generateBody(prompts, 1, shape.topK), signal)
      if (!Array.isArray(answers) || answers.length !== prompts.length) {
        throw brokenProtocol(id, `${prompts.length} prompts have other answers than one each`)
      }
      const metas = answers.map((answer) => checkShape(answerSchema, answer, id, 'an answer').meta_info)
      tellMeta(call, metas)
      return metas.map((meta) => {
        const [step] = readSteps(meta, 0, shape, id)
        if (step === undefined) throw brokenProtocol(id, 'an answer has no list')
        return step.distribution
      })
    },
    async score(context, continuation, { topK, ...call }) {
      const { signal } = call
      const server = await known(signal)
      const shape = shapeFor(server, topK)
      const before = tokensOf(context, server)
      const prompt = [...before, ...continuation]
      refuseUnknownIds(id, continuation, server.vocabulary.size)
      refuseFull(id, prompt.length, server.contextLength)
      const answer = await http.post('/generate', scoreBody(prompt, before.length - 1, shape.topK), signal)
      const { meta_info: meta } = checkShape(answerSchema, answer, id, 'the scores')
      tellMeta(call, [meta])
      return readScores(meta, continuation, shape, id)
    },
    tokenize: async (text) => tokenizer.encode(text),
    async chat(messages, signal) {
      const server = await known(signal)
      const prefill = messages.at(-1)?.role === 'assistant'
      // Servers of before 2026 tokenize no messages, and refuse.
      const body = { model: server.model, messages, continue_final_message: prefill }
      const answer = await http.post('/tokenize', body, signal)
      return { tokens: Int32Array.from(checkShape(tokensSchema, answer, id, '/tokenize').tokens) }
    },
    async answer(request, { signal }) {
      const server = await known(signal)
      const { topK } = shapeFor(server, request.topK)
      return chatAnswer(http, id, answerBody(server.model, { ...request, topK }), signal)
    },
  }
}
