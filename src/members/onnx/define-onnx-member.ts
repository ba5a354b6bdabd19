import { TuttiError } from '../../errors.ts'
import type { Capabilities, Context, Member, MemberStep, Probe } from '../member.ts'
import { fromAbort } from '../shared/failures.ts'
import { defineHttpClient, type HttpLimits } from '../shared/http-client.ts'
import { unlessAborted } from '../shared/unless-aborted.ts'
import { defineVocabularyCache, type VocabularyCache } from '../shared/vocabulary-cache.ts'
import type { ContinueBody, ScoreBody, WireContext } from '../shared/worker-wire.ts'
import { defineWorkerAcquaintance, type Known } from './acquaintance.ts'
import { byteSteps } from './byte-steps.ts'
import { decodeList, type ListShape } from './decode-list.ts'
import { decodeVocabulary } from './decode-vocabulary.ts'
import { parseEvent } from './parse-event.ts'
import { renderChat } from './render-chat.ts'
import { check, eventSchema, scoreSchema, tokenizeSchema, vocabularySchema } from './wire-schemas.ts'
import { toWireWalk } from './wire-walk.ts'

export interface OnnxMemberOptions extends Partial<HttpLimits> {
  readonly id: string
  /** Base URL of a Tutti ONNX worker. */
  readonly url: string
  /** Default: one for all members of the process. */
  readonly vocabularies?: VocabularyCache
}

const defaultLimits: HttpLimits = {
  connectMs: 2_000,
  firstByteMs: 30_000,
  silenceMs: 30_000,
  maxResponseBytes: 256 << 20,
}
const shared = defineVocabularyCache()

/** Most tokens the worker takes for `max_tokens`. */
const mostTokens = 1 << 20

/** Milliseconds for what callers share: who the server is, and its vocabulary. */
const meetingMs = 10_000
const vocabularyMs = 60_000

function toWireContext(context: Context): WireContext {
  return 'text' in context ? { text: context.text } : { tokens: Array.from(context.tokens) }
}

function capabilitiesOf(known: Known): Capabilities {
  return {
    maxTopK: known.allIds.length,
    exactBytes: true,
    tokenContexts: true,
    scoring: 'listed',
    streaming: true,
    basis: 'raw',
    vocabularyFingerprint: known.fingerprint,
    contextLength: known.contextLength,
  }
}

/** A member served by Tutti's own ONNX worker: exact bytes, lists of any length, scores along given tokens. */
export function defineOnnxMember(options: OnnxMemberOptions): Member {
  const { id, url, vocabularies = shared } = options
  const http = defineHttpClient(id, url, { ...defaultLimits, ...options })
  const { known, renewed } = defineWorkerAcquaintance(http, id, meetingMs)

  function toStep(
    wire: { id: number; top: { ids?: string | undefined; log_probs: string } },
    shape: ListShape,
  ): MemberStep {
    if (wire.id >= shape.allIds.length) {
      throw new TuttiError('member_protocol', `${id}: token ${wire.id} is outside the vocabulary`, { member: id })
    }
    return { distribution: decodeList(wire.top, shape, id), token: wire.id }
  }

  return {
    id,
    kind: 'onnx',
    replica: url,
    async *continue(context, { maxTokens, topK, signal, walk }) {
      const { path, allIds } = await known(signal)
      const k = Math.min(topK, allIds.length)
      const body: ContinueBody = {
        context: toWireContext(context),
        max_tokens: Math.min(maxTokens, mostTokens),
        top_k: k,
        encoding_format: 'base64',
        ...(walk === undefined ? {} : { walk: toWireWalk(walk) }),
      }
      let finished = false
      // Read to the end of the body, which follows at once: a connection left earlier can't be used again.
      for await (const data of http.events(`${path}/continue`, body, signal)) {
        const event = check(eventSchema, parseEvent(data, id), id, 'an event')
        if ('finish_reason' in event) finished = true
        if ('error' in event) throw new TuttiError('member_unavailable', `${id}: ${event.error}`, { member: id })
        if ('top' in event) yield toStep(event, { topK: k, allIds })
      }
      if (!finished) throw new TuttiError('member_protocol', `${id}: the stream ended without a finish`, { member: id })
    },
    async score(context, continuation, { topK, signal }) {
      const { path, allIds } = await known(signal)
      const k = Math.min(topK, allIds.length)
      const tokens = Array.from(continuation)
      const body: ScoreBody = {
        context: toWireContext(context),
        continuation: { tokens },
        top_k: k,
        encoding_format: 'base64',
      }
      const { steps } = check(scoreSchema, await http.post(`${path}/score`, body, signal), id, 'the score')
      if (steps.length !== tokens.length || steps.some((step, i) => step.id !== tokens[i])) {
        throw new TuttiError('member_protocol', `${id}: the scores are not of the given ${tokens.length} tokens`, {
          member: id,
        })
      }
      return steps.map((step) => toStep(step, { topK: k, allIds }))
    },
    async *bytes(request, options) {
      yield* byteSteps(http, id, await known(options.signal), request, options)
    },
    async chat(messages, signal) {
      return { tokens: await renderChat(http, id, await known(signal), messages, signal) }
    },
    async tokenize(text, signal) {
      const { path } = await known(signal)
      const answer = check(tokenizeSchema, await http.post(`${path}/tokenize`, { text }, signal), id, 'the tokens')
      return Int32Array.from(answer.tokens)
    },
    async probe(signal): Promise<Probe> {
      await http.get('/v2/health/ready', signal)
      // A replica may have come back with another model.
      const now = await renewed(signal)
      // Shared by every member with this vocabulary, so not on this caller's signal.
      const loading = vocabularies.get(now.fingerprint, async () => {
        const answer = await http.get(`${now.path}/vocabulary`, AbortSignal.timeout(vocabularyMs))
        return decodeVocabulary(check(vocabularySchema, answer, id, 'the vocabulary'), id)
      })
      const vocabulary = await unlessAborted(loading, signal, () => fromAbort(id, signal))
      return { model: now.model, capabilities: capabilitiesOf(now), vocabulary }
    },
    close: () => http.close(),
  }
}
