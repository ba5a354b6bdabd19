import type { TokenDistribution } from '../../core/distribution/token-distribution.ts'
import type { Context, Member } from '../member.ts'
import { checkShape } from '../shared/check-shape.ts'
import { brokenProtocol } from '../shared/failures.ts'
import { refuseFull } from '../shared/full-context.ts'
import type { HttpClient } from '../shared/http-client.ts'
import { commonParts, defineServed } from '../shared/served.ts'
import type { ServerOptions } from '../shared/server-options.ts'
import { llamacppAnswer } from './chat.ts'
import { listBody } from './completion-body.ts'
import { greedyPath, oneStep, readAnswers } from './greedy-path.ts'
import { type Known, meetServer } from './meet-server.ts'
import { templateSchema, tokensSchema } from './wire-schemas.ts'

/** Milliseconds for getting to know the server: learning a large vocabulary is one long answer. */
const meetingMs = 60_000

/** A member served by llama.cpp's `llama-server`: exact bytes, contexts of token ids, lists of any length. */
export function defineLlamacppMember(options: ServerOptions): Member {
  const { id } = options
  const meet = (http: HttpClient, before: Known | null, signal: AbortSignal) =>
    meetServer(http, options, before, signal)
  // It closes the connection of every stream, though it announces keep-alive.
  const server = defineServed<Known>(options, meet, { meetingMs, closeStreams: true })
  const { http, known } = server

  /** Text as the model expects it at the start of a context. In a text of a user's, `</s>` is text. */
  async function encode(content: string, parseSpecial: boolean, signal: AbortSignal): Promise<Int32Array> {
    const body = { content, add_special: true, parse_special: parseSpecial, with_pieces: false }
    const answer = await http.post('/tokenize', body, signal)
    return Int32Array.from(checkShape(tokensSchema, answer, id, '/tokenize').tokens)
  }

  async function tokensOf(context: Context, { contextLength }: Known, signal: AbortSignal): Promise<Int32Array> {
    const tokens = 'tokens' in context ? context.tokens : await encode(context.text, false, signal)
    refuseFull(id, tokens.length, contextLength)
    return tokens
  }

  return {
    ...commonParts('llamacpp', server, (known) => ({ ...known, maxTopK: known.vocabulary.size })),
    async *continue(context, options) {
      const server = await known(options.signal)
      const topK = Math.min(options.topK, server.vocabulary.size)
      const tokens = await tokensOf(context, server, options.signal)
      yield* greedyPath(http, id, server, tokens, { ...options, topK })
    },
    async list(context, options) {
      const server = await known(options.signal)
      const topK = Math.min(options.topK, server.vocabulary.size)
      const tokens = await tokensOf(context, server, options.signal)
      return (await oneStep(http, id, server, Array.from(tokens), { ...options, topK })).distribution
    },
    async query(contexts, { topK, ...call }) {
      const { signal } = call
      const server = await known(signal)
      const { size } = server.vocabulary
      const k = Math.min(topK, size)
      const tokens = await Promise.all(contexts.map((context) => tokensOf(context, server, signal)))
      if (tokens.length === 0) return []
      const prompts = tokens.map((one) => Array.from(one))
      const answer = await http.post('/completion', listBody(prompts, k, server.anchor), signal)
      // One prompt in a list is answered without one.
      const answers = Array.isArray(answer) ? answer : [answer]
      if (answers.length === prompts.length) return readAnswers(answers, { vocabularySize: size, topK: k }, id, call)
      throw brokenProtocol(id, `${prompts.length} prompts have ${answers.length} answers`)
    },
    async listAt(temperature, context, { topK, signal }) {
      const server = await known(signal)
      const shape = { vocabularySize: server.vocabulary.size, topK: Math.min(topK, server.vocabulary.size) }
      const body = listBody(Array.from(await tokensOf(context, server, signal)), shape.topK, server.anchor)
      const [list] = readAnswers([await http.post('/completion', { ...body, temperature }, signal)], shape, id, {
        signal,
      })
      return list as TokenDistribution
    },
    tokenize: (text, signal) => encode(text, false, signal),
    async chat(messages, signal) {
      // A last message of the assistant's is continued by the server's own means.
      const answer = await http.post('/apply-template', { messages }, signal)
      const { prompt } = checkShape(templateSchema, answer, id, 'chat')
      return { tokens: await encode(prompt, true, signal) }
    },
    async answer(request, { signal }) {
      return llamacppAnswer(http, id, await known(signal), request, signal)
    },
  }
}
