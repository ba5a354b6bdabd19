import type { z } from 'zod'
import type { TokenDistribution } from '../../core/distribution/token-distribution.ts'
import type { LoadedTokenizer } from '../../tokenizer/load-tokenizer.ts'
import type { Capabilities, Context, Member } from '../member.ts'
import { defineAcquaintance } from '../shared/acquaintance.ts'
import { chatAnswer } from '../shared/chat-answer.ts'
import { checkShape } from '../shared/check-shape.ts'
import { brokenProtocol } from '../shared/failures.ts'
import { refuseFull } from '../shared/full-context.ts'
import { defineHttpClient } from '../shared/http-client.ts'
import type { ListShape } from '../shared/list-shape.ts'
import { readEvent } from '../shared/read-event.ts'
import { defaultLimits, type ServerOptions } from '../shared/server-options.ts'
import { answerBody, completionBody, scoreBody } from './completion-body.ts'
import { type Known, meetServer } from './meet-server.ts'
import { readPromptList, readSteps } from './read-list.ts'
import { completionSchema, tokensSchema } from './wire-schemas.ts'

type Choice = z.infer<typeof completionSchema>['choices'][number]

/** Milliseconds for getting to know the server. */
const meetingMs = 30_000

function capabilitiesOf({ maxTopK, fingerprint, contextLength }: Known): Capabilities {
  return {
    maxTopK,
    exactBytes: true,
    tokenContexts: true,
    scoring: 'listed',
    streaming: true,
    basis: 'raw',
    vocabularyFingerprint: fingerprint,
    contextLength,
  }
}

/** A member served by vLLM: contexts of token ids, lists as long as `--max-logprobs`, bytes by the tokenizer file. */
export function defineVllmMember(options: ServerOptions & { readonly tokenizer: LoadedTokenizer }): Member {
  const { id, url, model, apiKey, limits, tokenizer } = options
  const http = defineHttpClient(id, url, { ...defaultLimits, ...limits }, { apiKey })
  const { known, renewed } = defineAcquaintance<Known>(id, meetingMs, (before, signal) =>
    meetServer(http, { member: id, model, tokenizer }, before, signal),
  )

  async function tokenize(server: Known, body: object, signal: AbortSignal): Promise<Int32Array> {
    const answer = await http.post('/tokenize', { model: server.model, ...body }, signal)
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

  function firstList(choice: Choice | undefined, shape: ListShape, prompt: number): TokenDistribution {
    const [step] = choice?.logprobs ? readSteps(choice.logprobs, shape, id) : []
    if (step === undefined) throw brokenProtocol(id, `prompt ${prompt} has no list`)
    return step.distribution
  }

  return {
    id,
    kind: 'vllm',
    replica: url,
    async *continue(context, { maxTokens, topK, signal }) {
      const server = await known(signal)
      const prompt = await tokensOf(context, server, signal)
      const shape = shapeFor(server, topK)
      const most = Math.min(maxTokens, server.contextLength + 1 - prompt.length)
      const asked = { model: server.model, prompt, maxTokens: most, topK: shape.topK }
      const body = { ...completionBody(asked), stream: true }
      let finished = false
      for await (const data of http.events('/v1/completions', body, signal)) {
        if (data === '[DONE]') continue
        for (const choice of readEvent(completionSchema, data, id).choices) {
          if (choice.finish_reason) finished = true
          for (const step of choice.logprobs ? readSteps(choice.logprobs, shape, id) : []) {
            yield step
            if (server.vocabulary.end.has(step.token)) return
          }
        }
      }
      if (!finished) throw brokenProtocol(id, 'the stream ended without a finish')
    },
    async query(contexts, { topK, signal }) {
      const server = await known(signal)
      const shape = shapeFor(server, topK)
      const prompt = await Promise.all(contexts.map((context) => tokensOf(context, server, signal)))
      if (prompt.length === 0) return []
      const body = completionBody({ model: server.model, prompt, maxTokens: 1, topK: shape.topK })
      const answer = checkShape(completionSchema, await http.post('/v1/completions', body, signal), id, 'the lists')
      return prompt.map((_, index) => {
        return firstList(
          answer.choices.find((choice) => choice.index === index),
          shape,
          index,
        )
      })
    },
    async score(context, continuation, { topK, signal }) {
      const server = await known(signal)
      const shape = shapeFor(server, topK)
      const before = await tokensOf(context, server, signal)
      const prompt = [...before, ...continuation]
      refuseFull(id, prompt.length, server.contextLength)
      const answer = await http.post(
        '/v1/completions',
        scoreBody({ model: server.model, prompt, topK: shape.topK }),
        signal,
      )
      const [choice] = checkShape(completionSchema, answer, id, 'the scores').choices
      return Array.from(continuation, (token, i) => ({
        distribution: readPromptList(choice?.prompt_logprobs?.[before.length + i], shape, id),
        token,
      }))
    },
    async listAt(temperature, context, { topK, signal }) {
      const server = await known(signal)
      const shape = shapeFor(server, topK)
      const prompt = await tokensOf(context, server, signal)
      const body = { ...completionBody({ model: server.model, prompt, maxTokens: 1, topK: shape.topK }), temperature }
      const answer = checkShape(completionSchema, await http.post('/v1/completions', body, signal), id, 'the list')
      return firstList(answer.choices[0], shape, 0)
    },
    async tokenize(text, signal) {
      return encode(await known(signal), text, signal)
    },
    async chat(messages, signal) {
      const prefill = messages.at(-1)?.role === 'assistant'
      const body = {
        messages,
        add_generation_prompt: !prefill,
        continue_final_message: prefill,
        add_special_tokens: false,
      }
      return { tokens: await tokenize(await known(signal), body, signal) }
    },
    async answer(request, { signal }) {
      const server = await known(signal)
      return chatAnswer(http, id, answerBody(server, request), signal)
    },
    async probe(signal) {
      const server = await renewed(signal)
      return { model: server.model, capabilities: capabilitiesOf(server), vocabulary: server.vocabulary }
    },
    close: () => http.close(),
  }
}
