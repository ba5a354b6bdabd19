import { type AnsweredToken, answeredLabels } from '../../core/classify/answered-labels.ts'
import { TuttiError, toTuttiError } from '../../errors.ts'
import type { AnswerAlternative, AnswerToken, ChatMessage } from '../../members/member.ts'
import type { PlannedMember } from '../present.ts'
import type { Prompt } from '../prompt.ts'
import type { RunOptions } from '../session.ts'
import { leftMs, timeLimit } from '../within-deadline.ts'
import type { ClassifyPlan } from './plan-classify.ts'
import type { ScoredTexts } from './score-labels.ts'

/** Most tokens of an answer that labels are looked for in. */
const mostTokens = 8

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * The same by a member that only answers: from the lists along one answer of a few tokens. A text as prompt is the user's message.
 *
 * @throws TuttiError of the member; `not_offered` or alike when its server tells no log-probabilities.
 */
export async function scoreByAnswer(
  { texts, ensemble }: ClassifyPlan,
  { seat, topK }: PlannedMember,
  prompt: Prompt,
  options: RunOptions,
): Promise<ScoredTexts> {
  const { member } = seat
  const bare = texts.map(withoutBlanks)
  const longest = Math.max(...bare.map(({ length }) => length))
  const request = {
    messages: messagesOf(prompt),
    maxTokens: Math.min(mostTokens, longest),
    // The server's own sampling, so that its lists are the model's own.
    temperature: 1,
    topP: 1,
    seed: 0,
    stop: [],
    topK,
  }
  const limit = timeLimit(leftMs(ensemble, options))
  const signal = AbortSignal.any([options.signal, limit.signal])
  const start = options.clock()
  let outcome = 'ok'
  try {
    const answer = await member.answer?.(request, { signal })
    if (answer?.tokens == null) {
      throw new TuttiError('member_protocol', `${member.id} tells no log-probabilities of its answers`, {
        member: member.id,
      })
    }
    if (answer.tokens[0]?.alternatives.length === 0) {
      throw new TuttiError('invalid_distribution', `${member.id}: the list of tokens is empty`, { member: member.id })
    }
    const tokens = spelledTokens(answer.tokens)
    const scores = answeredLabels(tokens, bare)
    return { scores, calls: 1, contexts: tokens.length, promptTokens: answer.usage?.promptTokens ?? 0 }
  } catch (thrown) {
    const error = toTuttiError(thrown)
    outcome = error.code
    if (error.member !== null) throw error
    throw new TuttiError(error.code, `${member.id}: ${error.message}`, { member: member.id, cause: error })
  } finally {
    limit.end()
    options.observer.memberCall({ member: member.id, outcome, seconds: (options.clock() - start) / 1000 })
  }
}

function messagesOf(prompt: Prompt): readonly ChatMessage[] {
  const text = decoder.decode(prompt.text).trimEnd()
  if (prompt.kind !== 'chat') return [{ role: 'user', content: text }]
  return text === '' ? prompt.messages : [...prompt.messages, { role: 'assistant', content: text }]
}

/** The tokens up to one whose bytes nobody tells; among alternatives such a one is as good as left out of the list. */
function spelledTokens(tokens: readonly AnswerToken[]): AnsweredToken[] {
  const unknown = tokens.findIndex((token) => spelled(token) === null)
  return tokens.slice(0, unknown < 0 ? tokens.length : unknown).flatMap((token) => {
    const own = spelled(token)
    const alternatives = token.alternatives.map(spelled).filter((one) => one !== null)
    return own === null ? [] : [{ ...own, alternatives }]
  })
}

/** Null for part of a character whose bytes the server does not tell. */
function spelled({ text, bytes, logProb }: AnswerAlternative) {
  if (bytes === null && text.includes('\u{fffd}')) return null
  return { bytes: bytes ?? encoder.encode(text), logProb }
}

function withoutBlanks(text: Uint8Array): Uint8Array {
  return encoder.encode(decoder.decode(text).trimStart())
}
