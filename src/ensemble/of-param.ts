import { TuttiError } from '../errors.ts'

/** The error with the field of the request that is at fault. */
export function ofParam(error: TuttiError, param: string): TuttiError {
  const { code, message, member } = error
  return new TuttiError(code, message, { param, ...(member === null ? {} : { member }), cause: error })
}

/**
 * What a request failed with, by the field of its prompt where that is too long. Whoever finds that out, a member's tokenizer or its
 * server, does not know the field; a text that has only grown too long ends there and is no error.
 */
export function ofPrompt(error: unknown, param: string): unknown {
  if (!(error instanceof TuttiError) || error.code !== 'context_length_exceeded' || error.param === param) return error
  return ofParam(error, param)
}
