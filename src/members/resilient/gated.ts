import type { Member } from '../member.ts'
import { type Around, decorated } from './decorated.ts'
import type { Gate } from './gate.ts'

/**
 * The member behind a gate: a bulkhead, so that one slow member can't take all of the gateway. A stream is in work while its reader
 * waits: one that counted while it runs ahead could keep out the very call that its reader waits for.
 */
export function gated(member: Member, gate: Gate): Member {
  const around: Around = {
    async once({ signal, on }) {
      const pass = await gate.enter(signal)
      try {
        return await on(member, signal)
      } finally {
        pass.leave()
      }
    },
    async *stream({ signal, on }) {
      const pass = await gate.enter(signal)
      const items = on(member, signal)[Symbol.asyncIterator]()
      try {
        for (;;) {
          const { done, value } = await items.next()
          pass.leave()
          if (done) return
          yield value
          pass.comeBack()
        }
      } finally {
        pass.leave()
        await items.return?.()
      }
    },
  }

  return decorated(member, around)
}
