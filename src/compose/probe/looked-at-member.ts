import { TuttiError } from '../../errors.ts'
import type { Member, Probe } from '../../members/member.ts'
import type { LoadedTokenizer } from '../../tokenizer/load-tokenizer.ts'
import { type FirstLook, firstLook } from './first-look.ts'

/** Milliseconds that looking may add to a probe. A server that is slower than that is believed until the next probe. */
const lookMs = 2_000

/**
 * The member, with a probe that looks at what the server really does, once for each model that it serves: capabilities are
 * corrected, and a member whose tokens are not the server's is refused, since its text would be another than the one fused.
 */
export function lookedAt(member: Member, tokenizer: LoadedTokenizer | null): Member {
  let last: { readonly of: string; readonly look: FirstLook } | null = null

  async function look(probe: Probe, signal: AbortSignal): Promise<FirstLook | null> {
    try {
      return await firstLook(member, probe, tokenizer, AbortSignal.any([signal, AbortSignal.timeout(lookMs)]))
    } catch (error) {
      // Late or busy says nothing of what it can do.
      if (error instanceof TuttiError && (error.retryable || error.code === 'client_closed')) return null
      throw error
    }
  }

  return {
    ...member,
    async probe(signal) {
      const found = await member.probe(signal)
      const { model, capabilities } = found
      const of = JSON.stringify([model, capabilities])
      if (last?.of !== of) {
        const seen = await look(found, signal)
        if (seen === null) return found
        const [failure] = seen.failures
        if (failure) {
          const message = `${member.id}: ${failure.reason}; ${failure.remedy}`
          throw new TuttiError('invalid_model', message, { member: member.id })
        }
        last = { of, look: seen }
      }
      return { ...found, capabilities: last.look.capabilities, notes: last.look.notes }
    },
  }
}
