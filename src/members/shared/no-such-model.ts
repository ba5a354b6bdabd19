import { TuttiError } from '../../errors.ts'

/** The error of a server that serves other models than the one that is asked for. */
export function noSuchModel(member: string, model: string | null, served: readonly string[]): TuttiError {
  const names = served.join(', ')
  return new TuttiError('member_rejected', `${member}: the server has no model ${model}; it has ${names}`, { member })
}
