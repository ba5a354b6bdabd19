import { TuttiError } from '../errors.ts'
import type { Member, Probe } from './member.ts'

/**
 * One member over several servers of the same model. A call goes to the one with the fewest calls in work (ties: the first,
 * whose prefix cache is warm), and to another when that one can't be reached or refuses for now, as long as nothing of the
 * answer has been taken.
 *
 * @param replicas at least one; all of one kind.
 */
export function defineReplicatedMember(id: string, replicas: readonly [Member, ...Member[]]): Member {
  const [first] = replicas
  if (replicas.length === 1) return first
  const seats = replicas.map((member) => ({ member, calls: 0, up: true }))
  type Seat = (typeof seats)[number]

  function leastBusy(tried: ReadonlySet<Seat>): Seat | null {
    const left = seats.filter((seat) => !tried.has(seat))
    const up = left.filter((seat) => seat.up)
    const candidates = up.length > 0 ? up : left
    return candidates.reduce<Seat | null>(
      (best, seat) => (best === null || seat.calls < best.calls ? seat : best),
      null,
    )
  }

  /** Whether another replica may do better; marks this one until the next probe. */
  function passesOn(seat: Seat, error: unknown): boolean {
    const code = error instanceof TuttiError ? error.code : null
    if (code !== 'member_unreachable' && code !== 'member_unavailable') return false
    // Refusing for now is being busy; not to be reached is being down.
    if (code === 'member_unreachable') seat.up = false
    return true
  }

  async function* streamed<T>(call: (member: Member) => AsyncIterable<T>): AsyncGenerator<T, void> {
    const tried = new Set<Seat>()
    let failure: unknown = null
    for (let seat = leastBusy(tried); seat !== null; seat = leastBusy(tried)) {
      tried.add(seat)
      seat.calls++
      let taken = false
      try {
        for await (const step of call(seat.member)) {
          taken = true
          yield step
        }
        return
      } catch (error) {
        if (!passesOn(seat, error) || taken) throw error
        failure = error
      } finally {
        seat.calls--
      }
    }
    throw failure
  }

  async function once<T>(call: (member: Member) => Promise<T>): Promise<T> {
    async function* answer(member: Member) {
      yield await call(member)
    }
    for await (const value of streamed(answer)) return value
    throw new TuttiError('internal', 'a call of a replica ended without a value')
  }

  /** The operation on the replica that is called; all of one kind have the same operations. */
  function on<K extends keyof Member>(member: Member, operation: K): NonNullable<Member[K]> {
    const found = member[operation]
    if (found) return found
    throw new TuttiError('internal', `${member.kind} has no ${operation}`)
  }

  return {
    id,
    kind: first.kind,
    replica: replicas.map(({ replica }) => replica).join(', '),
    continue: (...call) => streamed((member) => member.continue(...call)),
    ...(first.continueText && { continueText: (...call) => streamed((member) => on(member, 'continueText')(...call)) }),
    ...(first.bytes && { bytes: (...call) => streamed((member) => on(member, 'bytes')(...call)) }),
    ...(first.score && { score: (...call) => once((member) => on(member, 'score')(...call)) }),
    ...(first.query && { query: (...call) => once((member) => on(member, 'query')(...call)) }),
    ...(first.listAt && { listAt: (...call) => once((member) => on(member, 'listAt')(...call)) }),
    ...(first.chat && { chat: (...call) => once((member) => on(member, 'chat')(...call)) }),
    ...(first.answer && { answer: (...call) => once((member) => on(member, 'answer')(...call)) }),
    tokenize: (...call) => once((member) => member.tokenize(...call)),
    async probe(signal) {
      const found = await Promise.allSettled(seats.map(({ member }) => member.probe(signal)))
      for (const [i, seat] of seats.entries()) seat.up = found[i]?.status === 'fulfilled'
      const probes = found.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
      const [probe] = probes
      if (probe === undefined) throw found.find((result) => result.status === 'rejected')?.reason
      return agreed(id, probe, probes)
    },
    async close() {
      await Promise.all(replicas.map((member) => member.close()))
    },
  }
}

/** What all replicas can do. */
function agreed(id: string, first: Probe, probes: readonly Probe[]): Probe {
  for (const { model, capabilities } of probes) {
    const same = capabilities.vocabularyFingerprint === first.capabilities.vocabularyFingerprint
    if (same && model === first.model) continue
    throw new TuttiError('member_protocol', `${id}: the replicas serve different models: ${first.model}, ${model}`, {
      member: id,
    })
  }
  const least = (key: 'maxTopK' | 'contextLength') => Math.min(...probes.map(({ capabilities }) => capabilities[key]))
  const capabilities = { ...first.capabilities, maxTopK: least('maxTopK'), contextLength: least('contextLength') }
  return { ...first, capabilities }
}
