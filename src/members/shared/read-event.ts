import type { z } from 'zod'
import { checkShape, parseJson } from './check-shape.ts'
import { fromStatus } from './failures.ts'
import { refusalOf } from './refusal.ts'

/** A server that fails under way is taken as unavailable. */
const unavailable = 503

/**
 * One event of a stream, whose status was sent before anything could go wrong.
 *
 * @param statusOf the status that the server would have answered with, by the code of its error.
 * @throws TuttiError `member_protocol` for an event of another shape; for an error as a call that is refused with that status.
 */
export function readEvent<T>(
  schema: z.ZodType<T>,
  data: string,
  member: string,
  statusOf: (code: string | null) => number = () => unavailable,
): T {
  const value = parseJson(data, member, 'an event')
  const refusal = refusalOf(value)
  if (refusal !== null) throw fromStatus(member, statusOf(refusal.code), refusal)
  return checkShape(schema, value, member, 'an event')
}
