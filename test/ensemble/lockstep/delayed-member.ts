import { setTimeout as sleep } from 'node:timers/promises'
import type { Member } from '../../../src/members/member.ts'

/**
 * A member whose calls and events come late.
 *
 * @param delay milliseconds to wait, asked anew for every call and every event.
 */
export function delayed(member: Member, delay: () => number): Member {
  const late = async (signal: AbortSignal) => {
    const ms = delay()
    if (ms > 0) await sleep(ms, undefined, { signal })
  }
  async function* events<T>(start: () => AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T, void> {
    await late(signal)
    for await (const event of start()) {
      await late(signal)
      yield event
    }
  }
  const { bytes } = member
  return {
    ...member,
    continue: (context, options) => events(() => member.continue(context, options), options.signal),
    ...(bytes && { bytes: (request, options) => events(() => bytes(request, options), options.signal) }),
    async tokenize(text, signal) {
      await late(signal)
      return member.tokenize(text, signal)
    },
  }
}
