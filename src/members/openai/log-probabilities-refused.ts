import { TuttiError } from '../../errors.ts'

/**
 * Reasoning models refuse log-probabilities: with 400, or with 403 and a body whose code and param are null. Nothing but the
 * words tells it from another refusal, so this is the one place where they are read.
 */
export function namingRefusedLists(error: unknown, model: string, member: string): unknown {
  if (!(error instanceof TuttiError) || error.code !== 'member_rejected' || !/log_?prob/i.test(error.message))
    return error
  const why = `model ${model} gives no log-probabilities, as reasoning models don't`
  return new TuttiError('log_probabilities_refused', `${member}: ${why}: ${error.message}`, { member, cause: error })
}
