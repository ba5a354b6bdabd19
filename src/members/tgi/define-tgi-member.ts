import { TuttiError } from '../../errors.ts'
import type { ContinueOptions, Member, MemberStep, TextStep } from '../member.ts'
import { checkShape } from '../shared/check-shape.ts'
import { refuseFull } from '../shared/full-context.ts'
import { readList } from '../shared/read-list.ts'
import { commonParts, defineServed } from '../shared/served.ts'
import type { ServerOptions } from '../shared/server-options.ts'
import { tellCounts } from '../shared/server-usage.ts'
import { tgiAnswer } from './chat.ts'
import { generateBody } from './generate-body.ts'
import { type Known, meetServer } from './meet-server.ts'
import { readTexts } from './read-texts.ts'
import { renderChat } from './render-chat.ts'
import { type TokenEvent, tokenEvents } from './token-events.ts'
import { tokensSchema } from './wire-schemas.ts'

/**
 * A member served by Text Generation Inference, which takes only text and lists five tokens. Their bytes are exact with a tokenizer
 * file; without one the member has no vocabulary, and its tokens are what the server says they are.
 */
export function defineTgiMember(options: ServerOptions): Member {
  const { id, tokenizer } = options
  const server = defineServed<Known>(options, (http, before, signal) => meetServer(http, options, before, signal))
  const { http, known } = server

  async function tokenize(text: string, signal: AbortSignal): Promise<Int32Array> {
    if (tokenizer !== null) return tokenizer.encode(text)
    const answer = await http.post('/tokenize', { inputs: text }, signal)
    return Int32Array.from(checkShape(tokensSchema, answer, id, '/tokenize'), (token) => token.id)
  }

  async function* events(text: string, maxTokens: number, topK: number, signal: AbortSignal) {
    const { contextLength, totalLength } = await known(signal)
    const { length } = await tokenize(text, signal)
    refuseFull(id, length, contextLength)
    const body = generateBody(text, Math.min(maxTokens, totalLength - length), topK)
    yield* tokenEvents(http, id, body, signal)
  }

  async function* oneEvent(text: string, topK: number, signal: AbortSignal): AsyncGenerator<TokenEvent, void> {
    try {
      yield* tokenEvents(http, id, generateBody(text, 1, topK), signal)
    } catch (error) {
      // A text that is too long is refused like any other wrong call; to count its tokens first would double every call.
      if (error instanceof TuttiError && error.code === 'member_rejected') {
        refuseFull(id, (await tokenize(text, signal)).length, (await known(signal)).contextLength)
      }
      throw error
    }
  }

  async function* steps<Step>(
    text: string,
    { maxTokens, topK, ...call }: ContinueOptions,
    read: (event: TokenEvent, topK: number) => Step,
  ): AsyncGenerator<Step, void> {
    const { signal } = call
    const k = Math.min(topK, (await known(signal)).maxTopK)
    const told = maxTokens === 1 ? oneEvent(text, k, signal) : events(text, maxTokens, k, signal)
    for await (const event of told) {
      if (event.details) tellCounts(call, [{ prompt: event.details.input_length }])
      yield read(event, k)
    }
  }

  function continueText(text: string, options: ContinueOptions): AsyncGenerator<TextStep, void> {
    return steps(text, options, (event, topK) => readTexts(event, topK, id))
  }

  return {
    ...commonParts('tgi', server, (known) => ({
      ...known,
      vocabulary: tokenizer?.vocabulary ?? null,
      fingerprint: tokenizer?.fingerprint ?? null,
      tokenContexts: false,
    })),
    async *continue(context, options): AsyncGenerator<MemberStep, void> {
      if (tokenizer === null || 'tokens' in context) {
        throw new TuttiError('internal', `${id}: TGI goes on with texts, in tokens of a tokenizer file`, { member: id })
      }
      const { vocabulary } = tokenizer
      const read = ({ token, top_tokens: list }: TokenEvent, topK: number) => ({
        distribution: readList(list, { vocabularySize: vocabulary.size, topK }, id),
        token: token.id,
      })
      // The file may know more ends than the server stops at; most streams end by themselves, and leave their connection whole.
      let ended = false
      for await (const step of steps(context.text, options, read)) {
        if (ended) return
        ended = vocabulary.end.has(step.token)
        yield step
      }
    },
    ...(tokenizer === null ? { continueText } : {}),
    tokenize,
    chat: async (messages, signal) => ({ text: await renderChat(http, id, messages, signal) }),
    async answer(request, { signal }) {
      return tgiAnswer(http, id, await known(signal), request, signal)
    },
  }
}
