import { TuttiError } from '../../errors.ts'

/** @throws TuttiError `member_protocol`. */
export function parseEvent(data: string, member: string): unknown {
  try {
    return JSON.parse(data)
  } catch (cause) {
    throw new TuttiError('member_protocol', `${member}: an event is not JSON`, { member, cause })
  }
}
