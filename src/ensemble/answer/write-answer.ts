import { type ErrorCode, TuttiError, toTuttiError } from '../../errors.ts'
import type { Answer } from '../../members/member.ts'
import { generate } from '../generate.ts'
import type { Observer } from '../observer.ts'
import type { CompletionPlan } from '../plan.ts'
import type { RunOptions } from '../session.ts'
import type { AnswerPlan, Author } from './plan-answer.ts'

/** A whole answer, and what it took. */
export interface Written {
  readonly text: string
  readonly finish: Answer['finish']
  /** In the tokens of its author; null where its server does not tell. */
  readonly usage: Answer['usage']
  /** Calls of the member. */
  readonly calls: number
}

/** One answer of one member, by its own server or out of its distributions. Rejects with the member's error. */
export function writeAnswer(plan: AnswerPlan, author: Author, seed: number, options: RunOptions): Promise<Written> {
  return author.alone === null ? served(plan, author, seed, options) : generated({ ...author.alone, seed }, options)
}

async function served(plan: AnswerPlan, { planned }: Author, seed: number, options: RunOptions): Promise<Written> {
  const { member } = planned.seat
  if (member.answer === undefined || typeof plan.input === 'string') {
    throw new TuttiError('internal', `member "${member.id}" was planned to answer, and can't`)
  }
  const { messages, prefill } = plan.input
  const { clock, observer, signal } = options
  const started = clock()
  let outcome = 'ok'
  try {
    const { temperature, topP } = plan.warp
    const begun = prefill === '' ? [] : [{ role: 'assistant', content: prefill }]
    const { contextLength } = planned.probe.capabilities
    const maxTokens = Math.min(plan.maxTokens, contextLength)
    const sampling = { temperature, topP, seed, stop: plan.stop, maxTokens, topK: 0 }
    const answer = await member.answer({ messages: [...messages, ...begun], ...sampling }, { signal })
    return { text: answer.text, finish: answer.finish, usage: answer.usage, calls: 1 }
  } catch (thrown) {
    const error = toTuttiError(thrown)
    outcome = error.code
    throw error
  } finally {
    observer.memberCall({ member: member.id, outcome, seconds: (clock() - started) / 1000 })
  }
}

async function generated(plan: CompletionPlan, options: RunOptions): Promise<Written> {
  let text = ''
  let lost: TuttiError | null = null
  const observer: Observer = {
    memberCall: (event) => options.observer.memberCall(event),
    // Its author is lost to the answer alone: whether to the request is decided, and told, by who wanted the answer.
    memberLost({ member, code, message }) {
      lost = new TuttiError(code as ErrorCode, message, { member })
    },
    answered: () => {},
  }
  try {
    for await (const event of generate({ ...plan, diagnostics: 'summary' }, { ...options, observer })) {
      if (event.kind === 'segment') {
        text += event.text
        continue
      }
      const { promptTokens, completionTokens: answerTokens } = event.usage
      const calls = event.diagnosis?.usage.calls ?? 0
      return { text, finish: event.reason, usage: { promptTokens, answerTokens }, calls }
    }
  } catch (error) {
    throw lost ?? error
  }
  throw new TuttiError('internal', 'a generation ended without a finish event')
}
