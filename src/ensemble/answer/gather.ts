import { TuttiError, toTuttiError } from '../../errors.ts'
import { endOf } from '../end-of.ts'
import { ofPrompt } from '../of-param.ts'
import { requireQuorum } from '../present.ts'
import type { RunOptions } from '../session.ts'
import { timeLimit } from '../within-deadline.ts'
import { candidateSeed } from './candidate-seed.ts'
import type { AnswerPlan, Author } from './plan-answer.ts'
import { type Written, writeAnswer } from './write-answer.ts'

/** One sample of one member that has come. */
export interface Sample extends Written {
  readonly author: Author
  /** Counted from 0. */
  readonly sample: number
  readonly seed: number
  readonly ms: number
}

/** One that has not. */
export interface Failure {
  readonly author: Author
  readonly error: TuttiError
}

export interface Gathered {
  /** In the order of the members, and of each one's samples. */
  readonly samples: readonly Sample[]
  readonly failures: readonly Failure[]
}

/**
 * All samples of all members, asked for at once. Those that have not come when `limitMs` have passed are lost; members without any are
 * lost to the request, which goes on while the others meet the quorum.
 *
 * @throws TuttiError why `options.signal` aborted; at once an error of status 400, which is the request's fault and no member's;
 *   `deadline_exceeded` when nothing has come in time; else `quorum_not_met`.
 */
export async function gather(plan: AnswerPlan, options: RunOptions, limitMs: number): Promise<Gathered> {
  const { ensemble, authors, strategy } = plan
  const limit = timeLimit(limitMs)
  const deadline = limit.signal
  const ended = new AbortController()
  const running = { ...options, signal: AbortSignal.any([options.signal, deadline, ended.signal]) }
  const late = (cause: unknown) => new TuttiError('deadline_exceeded', `no answer within ${limitMs} ms`, { cause })
  const fault = Promise.withResolvers<never>()
  const one = async (author: Author, sample: number): Promise<Sample | Failure> => {
    const seed = candidateSeed(plan.seed, author.planned.seat.member.id, sample)
    const started = options.clock()
    try {
      const written = await writeAnswer(plan, author, seed, running)
      return { ...written, author, sample, seed, ms: options.clock() - started }
    } catch (thrown) {
      const error = toTuttiError(ofPrompt(thrown, plan.promptParam))
      if (error.status === 400) fault.reject(error)
      return { author, error: deadline.aborted ? late(error) : error }
    }
  }
  try {
    const tasks = authors.flatMap((author) =>
      Array.from({ length: strategy.samples }, (_, sample) => one(author, sample)),
    )
    const results = await Promise.race([Promise.all(tasks), fault.promise])
    if (options.signal.aborted) throw endOf(options.signal)
    const samples = results.filter((result): result is Sample => 'text' in result)
    const failures = results.filter((result): result is Failure => 'error' in result)
    if (samples.length === 0 && deadline.aborted) throw late(failures[0]?.error)
    const present = authors.filter((author) => samples.some((sample) => sample.author === author))
    for (const author of authors) if (!present.includes(author)) tellLost(author, failures, options)
    const missing = plan.absent.map(({ seat, reason }) => `${seat.member.id}: ${reason}`)
    requireQuorum(
      ensemble,
      present.map(({ planned }) => planned.seat),
      [...missing, ...failures.map(({ author, error }) => `${author.planned.seat.member.id}: ${error.message}`)],
    )
    return { samples, failures }
  } finally {
    limit.end()
    ended.abort(new TuttiError('client_closed', 'the request has its answers, or none'))
  }
}

function tellLost(author: Author, failures: readonly Failure[], { observer }: RunOptions): void {
  const failure = failures.find((one) => one.author === author)
  if (failure === undefined) return
  const { code, message } = failure.error
  observer.memberLost({ member: author.planned.seat.member.id, code, message })
}
