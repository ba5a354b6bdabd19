import { TuttiError } from '../../errors.ts'

/** The error of an operation that a member of its kind has, and this one by its configuration has not. */
export function notOffered(member: string, why: string): TuttiError {
  return new TuttiError('unsupported_parameter', `member "${member}" ${why}`, { member })
}

/** `continue` of a member that can't. */
export function neverContinues(error: TuttiError): AsyncIterable<never> {
  return { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(error) }) }
}
