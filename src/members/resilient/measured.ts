import type { Member } from '../member.ts'
import { type Around, decorated, type Operation } from './decorated.ts'
import { defineRecentLatencies } from './recent-latencies.ts'

/** Latencies that are remembered of a member. */
const most = 1_024

/** The member, with how its calls go. What a model is not asked for, tokens of a text and templates, says nothing of it. */
export function measured(member: Member, clock: () => number): Member {
  const latencies = defineRecentLatencies(most, clock)
  const open = { calls: 0, streams: 0 }

  function answered(operation: Operation, startedMs: number): void {
    if (operation !== 'tokenize' && operation !== 'chat') latencies.add(clock() - startedMs)
  }

  const around: Around = {
    async once({ operation, signal, on }) {
      const started = clock()
      open.calls++
      try {
        const value = await on(member, signal)
        answered(operation, started)
        return value
      } finally {
        open.calls--
      }
    },
    async *stream({ operation, signal, on }) {
      const started = clock()
      let begun = false
      open.streams++
      try {
        for await (const item of on(member, signal)) {
          if (!begun) answered(operation, started)
          begun = true
          yield item
        }
      } finally {
        open.streams--
      }
    },
  }

  return {
    ...decorated(member, around),
    traffic: () => ({ latency: latencies.summary(), callsOpen: open.calls, streamsOpen: open.streams }),
  }
}
