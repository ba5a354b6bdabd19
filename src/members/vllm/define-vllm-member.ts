import type { TokenDistribution } from '../../core/distribution/token-distribution.ts'
import type { LoadedTokenizer } from '../../tokenizer/load-tokenizer.ts'
import type { Context, Member, QueryOptions } from '../member.ts'
import { chatAnswer } from '../shared/chat-answer.ts'
import { checkShape } from '../shared/check-shape.ts'
import { refuseFull } from '../shared/full-context.ts'
import { firstSteps, streamedCompletion } from '../shared/legacy-completions.ts'
import { commonParts, defineServed } from '../shared/served.ts'
import type { ServerOptions } from '../shared/server-options.ts'
import { tellUsage } from '../shared/server-usage.ts'
import { answerBody, completionBody, scoreBody } from './completion-body.ts'
import { type Known, meetServer } from './meet-server.ts'
import { readPromptList, toStep } from './read-list.ts'
import { scoreSchema, tokensSchema } from './wire-schemas.ts'

/** A member served by vLLM: contexts of token ids, lists as long as `--max-logprobs`, bytes by the tokenizer file. */
export function defineVllmMember(options: ServerOptions & { readonly tokenizer: LoadedTokenizer }): Member {
  const { id, tokenizer } = options
  const server = defineServed<Known>(options, (http, before, signal) => meetServer(http, options, before, signal))
  const { http, known } = server

  async function tokenize({ model }: Known, body: object, signal: AbortSignal): Promise<Int32Array> {
    const answer = await http.post('/tokenize', { model, ...body }, signal)
    return Int32Array.from(checkShape(tokensSchema, answer, id, '/tokenize').tokens)
  }

  /** The server takes what looks like a special token for one, also in a text of a user's: there the file has the tokens. */
  async function encode(server: Known, text: string, signal: AbortSignal): Promise<Int32Array> {
    const { front, vocabulary } = server
    const tokens = await tokenize(server, { prompt: text, add_special_tokens: true }, signal)
    const isText = (token: number) => vocabulary.bytes[token]?.length !== 0
    if (tokens.length - tokens.filter(isText).length <= front.length) return tokens
    return Int32Array.from([...front, ...tokenizer.encode(text).filter(isText)])
  }

  async function tokensOf(context: Context, server: Known, signal: AbortSignal): Promise<number[]> {
    const tokens = 'tokens' in context ? context.tokens : await encode(server, context.text, signal)
    refuseFull(id, tokens.length, server.contextLength)
    return Array.from(tokens)
  }

  function shapeFor({ vocabulary, maxTopK }: Known, topK: number) {
    return { vocabularySize: vocabulary.size, topK: Math.min(topK, maxTopK) }
  }

  /** The list after one context. */
  async function list(temperature: number, context: Context, options: QueryOptions): Promise<TokenDistribution> {
    const [found] = await lists([context], temperature, options)
    return found as TokenDistribution
  }

  /** One list after each context, sampled at a temperature, which changes no list. */
  async function lists(contexts: readonly Context[], temperature: number, { topK, ...call }: QueryOptions) {
    const { signal } = call
    const server = await known(signal)
    const shape = shapeFor(server, topK)
    const prompt = await Promise.all(contexts.map((context) => tokensOf(context, server, signal)))
    const body = { ...completionBody({ model: server.model, prompt, maxTokens: 1, topK: shape.topK }), temperature }
    return (await firstSteps(http, id, body, call)).map((step) => toStep(step, shape, id).distribution)
  }

  return {
    ...commonParts('vllm', server, (known) => ({ ...known, scoring: 'listed' })),
    async *continue(context, { maxTokens, topK, ...call }) {
      const { signal } = call
      const server = await known(signal)
      const prompt = await tokensOf(context, server, signal)
      const shape = shapeFor(server, topK)
      const most = Math.min(maxTokens, server.contextLength + 1 - prompt.length)
      const body = completionBody({ model: server.model, prompt, maxTokens: most, topK: shape.topK })
      for await (const named of streamedCompletion(http, id, body, call)) {
        const step = toStep(named, shape, id)
        yield step
        if (server.vocabulary.end.has(step.token)) return
      }
    },
    query: (contexts, options) => lists(contexts, 0, options),
    list: (context, options) => list(0, context, options),
    listAt: list,
    async score(context, continuation, { topK, ...call }) {
      const { signal } = call
      const server = await known(signal)
      const shape = shapeFor(server, topK)
      const before = await tokensOf(context, server, signal)
      const prompt = [...before, ...continuation]
      refuseFull(id, prompt.length, server.contextLength)
      const body = scoreBody({ model: server.model, prompt, topK: shape.topK })
      const answer = await http.post('/v1/completions', body, signal)
      const { choices, usage } = checkShape(scoreSchema, answer, id, 'the scores')
      const [choice] = choices
      tellUsage(call, usage)
      return Array.from(continuation, (token, i) => ({
        distribution: readPromptList(choice?.prompt_logprobs?.[before.length + i], shape, id),
        token,
      }))
    },
    async tokenize(text, signal) {
      return encode(await known(signal), text, signal)
    },
    async chat(messages, signal) {
      const prefill = messages.at(-1)?.role === 'assistant'
      const flags = { add_generation_prompt: !prefill, continue_final_message: prefill, add_special_tokens: false }
      return { tokens: await tokenize(await known(signal), { messages, ...flags }, signal) }
    },
    async answer(request, { signal }) {
      return chatAnswer(http, id, answerBody(await known(signal), request), signal)
    },
  }
}
