import type { Member } from '../member.ts'
import { within } from '../shared/traceparent.ts'
import { type Around, decorated } from './decorated.ts'

/** The member whose calls carry a `traceparent`, whoever reads on in their answers. */
export function carrying(member: Member, traceparent: string): Member {
  const around: Around = {
    once: ({ signal, on }) => within(traceparent, () => on(member, signal)),
    async *stream({ signal, on }) {
      const items = within(traceparent, () => on(member, signal)[Symbol.asyncIterator]())
      try {
        for (;;) {
          const { done, value } = await within(traceparent, () => items.next())
          if (done) return
          yield value
        }
      } finally {
        await items.return?.()
      }
    },
  }
  return { ...member, ...decorated(member, around) }
}
