import type { z } from 'zod'
import { TuttiError } from '../../errors.ts'

/** @throws TuttiError `member_protocol` that says what is wrong where. */
export function checkShape<T>(schema: z.ZodType<T>, value: unknown, member: string, what: string): T {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const at = issue === undefined || issue.path.length === 0 ? '' : ` at ${issue.path.join('.')}`
  throw new TuttiError('member_protocol', `${member}: ${what} has the wrong shape${at}: ${issue?.message}`, { member })
}

/** @throws TuttiError `member_protocol`. */
export function parseJson(text: string, member: string, what: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new TuttiError('member_protocol', `${member}: ${what} is not JSON`, { member, cause })
  }
}
