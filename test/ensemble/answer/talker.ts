import { TuttiError } from '../../../src/errors.ts'
import type { Answer, AnswerRequest, Member } from '../../../src/members/member.ts'

interface TalkerOptions {
  /** Milliseconds before an answer comes. */
  readonly delay?: number
  /** What its calls fail with. */
  readonly failure?: TuttiError
  readonly contextLength?: number
  readonly finish?: Answer['finish']
}

/** A member that only answers, as a chat API without log-probabilities does, and keeps what it was asked. */
export interface Talker extends Member {
  readonly asked: AnswerRequest[]
}

/** @param says by the request; the place is that of the call. */
export function talker(
  id: string,
  says: string | ((request: AnswerRequest, call: number) => string),
  options: TalkerOptions = {},
): Talker {
  const only = () => {
    throw new TuttiError('unsupported_parameter', `member "${id}" only answers`, { member: id })
  }
  const asked: AnswerRequest[] = []
  return {
    id,
    kind: 'talker',
    replica: `memory:${id}`,
    asked,
    continue: only,
    tokenize: only,
    async answer(request, { signal }) {
      const call = asked.push(request) - 1
      if (options.delay !== undefined) await passed(options.delay, signal)
      if (options.failure !== undefined) throw options.failure
      const text = typeof says === 'string' ? says : says(request, call)
      return {
        text,
        finish: options.finish ?? 'stop',
        tokens: null,
        usage: { promptTokens: 7, answerTokens: text.split(' ').length },
      }
    },
    probe: async () => ({
      model: `model of ${id}`,
      vocabulary: null,
      capabilities: {
        maxTopK: 0,
        exactBytes: false,
        tokenContexts: false,
        scoring: 'none',
        streaming: true,
        basis: 'raw',
        vocabularyFingerprint: null,
        contextLength: options.contextLength ?? 8192,
      },
    }),
    close: async () => {},
  }
}

function passed(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      reject(new TuttiError('client_closed', 'aborted'))
    })
  })
}
