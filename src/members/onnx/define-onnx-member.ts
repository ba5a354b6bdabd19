import type { Vocabulary } from '../../core/lattice/vocabulary.ts'
import { unlessAborted } from '../../unless-aborted.ts'
import type { ContinueOptions, Member } from '../member.ts'
import { checkShape } from '../shared/check-shape.ts'
import { brokenProtocol, fromAbort } from '../shared/failures.ts'
import type { HttpClient, HttpLimits } from '../shared/http-client.ts'
import { commonParts, defineServed } from '../shared/served.ts'
import { defineVocabularyCache, type VocabularyCache } from '../shared/vocabulary-cache.ts'
import type { ScoreBody } from '../shared/worker-wire.ts'
import { workerAnswer } from './answer.ts'
import { byteSteps } from './byte-steps.ts'
import { decodeVocabulary } from './decode-vocabulary.ts'
import { type Known, meetWorker } from './meet-worker.ts'
import { renderChat } from './render-chat.ts'
import { tellWorker, toldSteps, toStep, toWireContext } from './told-steps.ts'
import { scoreSchema, tokenizeSchema, vocabularySchema } from './wire-schemas.ts'

export interface OnnxMemberOptions extends Partial<HttpLimits> {
  readonly id: string
  /** Base URL of a Tutti ONNX worker. */
  readonly url: string
  /** Default: one for all members of the process. */
  readonly vocabularies?: VocabularyCache
}

const shared = defineVocabularyCache()

/** Milliseconds for what callers share: who the server is, and its vocabulary. */
const meetingMs = 10_000
const vocabularyMs = 60_000

/** A member served by Tutti's own ONNX worker: exact bytes, lists of any length, scores along given tokens. */
export function defineOnnxMember(options: OnnxMemberOptions): Member {
  const { id, url, vocabularies = shared } = options
  const meet = (http: HttpClient, _before: Known | null, signal: AbortSignal) => meetWorker(http, id, signal)
  const server = defineServed<Known>({ id, url, limits: options }, meet, { meetingMs })
  const { http, known } = server

  /** Shared by every member with this vocabulary, so not on a caller's signal. */
  function vocabularyOf({ fingerprint, path }: Known, signal: AbortSignal): Promise<Vocabulary> {
    const loading = vocabularies.get(fingerprint, async () => {
      const answer = await http.get(`${path}/vocabulary`, AbortSignal.timeout(vocabularyMs))
      return decodeVocabulary(checkShape(vocabularySchema, answer, id, 'the vocabulary'), id)
    })
    return unlessAborted(loading, signal, () => fromAbort(id, signal))
  }

  return {
    ...commonParts('onnx', server, async (known, signal) => {
      await http.get('/v2/health/ready', signal)
      return {
        ...known,
        maxTopK: known.allIds.length,
        vocabulary: await vocabularyOf(known, signal),
        scoring: 'listed',
      }
    }),
    async *continue(context, options) {
      yield* toldSteps(http, id, await known(options.signal), context, options)
    },
    async score(context, continuation, { topK, ...call }) {
      const { signal } = call
      const { path, allIds } = await known(signal)
      const k = Math.min(topK, allIds.length)
      const tokens = Array.from(continuation)
      const body: ScoreBody = {
        context: toWireContext(context),
        continuation: { tokens },
        top_k: k,
        encoding_format: 'base64',
      }
      const answer = await http.post(`${path}/score`, body, signal)
      const { steps, usage } = checkShape(scoreSchema, answer, id, 'the score')
      if (usage) tellWorker(call, usage)
      if (steps.length !== tokens.length || steps.some((step, i) => step.id !== tokens[i])) {
        throw brokenProtocol(id, `the scores are not of the given ${tokens.length} tokens`)
      }
      return steps.map((step) => toStep(step, { topK: k, allIds }, id))
    },
    async *bytes(request, options) {
      yield* byteSteps(http, id, await known(options.signal), request, options)
    },
    async chat(messages, signal) {
      return { tokens: await renderChat(http, id, await known(signal), messages, signal) }
    },
    async answer(request, { signal }) {
      const server = await known(signal)
      const tokens = await renderChat(http, id, server, request.messages, signal)
      const vocabulary = await vocabularyOf(server, signal)
      const walked = (options: ContinueOptions) => toldSteps(http, id, server, { tokens }, options)
      return workerAnswer(walked, vocabulary, tokens.length, request, signal)
    },
    async tokenize(text, signal) {
      const { path } = await known(signal)
      const answer = checkShape(tokenizeSchema, await http.post(`${path}/tokenize`, { text }, signal), id, 'the tokens')
      return Int32Array.from(answer.tokens)
    },
  }
}
