import { TuttiError, toTuttiError } from '../../errors.ts'
import type { Member, Probe } from '../member.ts'
import { type Attempt, begin, type Place } from './attempt.ts'
import { type Call, decorated, onceByStream } from './decorated.ts'
import { defineHedge, type HedgeOptions } from './hedge.ts'

/** A replica has gone down, with the reason, or come back: null. */
export interface ReplicaChange {
  readonly url: string
  readonly down: string | null
}

interface ReplicaOptions {
  /** Null: no call is made of two replicas at a time. */
  readonly hedge?: HedgeOptions | null
  /** Milliseconds, monotonic. */
  readonly clock?: () => number
  /** Told of each replica that goes down or comes back, where there are several. */
  readonly onReplica?: (change: ReplicaChange) => void
}

/**
 * One member over several servers of the same model. A call goes to the one with the fewest calls in work (ties: the first,
 * whose prefix cache is warm), and to another when that one can't be reached or refuses for now, as long as nothing of the
 * answer has been taken. One that is late is made of another too: whichever answers first is kept, the other ended.
 *
 * @param replicas at least one; all of one kind.
 */
export function replicated(
  replicas: readonly [Member, ...Member[]],
  { hedge: options = null, clock = () => performance.now(), onReplica = () => {} }: ReplicaOptions = {},
): Member {
  const [first] = replicas
  if (replicas.length === 1) return first
  const places = replicas.map((member): Place => ({ member, calls: 0, down: null }))
  const hedge = defineHedge(options)

  function mark(place: Place, down: string | null): void {
    const changed = (place.down === null) !== (down === null)
    place.down = down
    if (changed) onReplica({ url: place.member.replica, down })
  }

  function suspect(place: Place, error: unknown): void {
    if (isUnreachable(error)) mark(place, error.message)
  }

  function leastBusy(tried: ReadonlySet<Place>): Place | null {
    const left = places.filter((place) => !tried.has(place))
    const able = left.filter(
      ({ down, member }) => down === null && !member.replicas?.().some(({ breaker }) => breaker === 'open'),
    )
    const candidates = able.length > 0 ? able : left
    return candidates.reduce<Place | null>(
      (best, place) => (best === null || place.calls < best.calls ? place : best),
      null,
    )
  }

  /** The attempt that answers first: of one replica, or of two where the first is late. */
  async function answered<T>(place: Place, call: Call<AsyncIterable<T>>, tried: Set<Place>): Promise<Attempt<T>> {
    const one = started(place, call)
    const delay = hedge.delayOf(call.operation)
    const attempts = [one]
    try {
      if (delay !== null && (await isLate(one, delay))) {
        const another = leastBusy(tried)
        if (another !== null) {
          tried.add(another)
          attempts.push(started(another, call))
        }
      }
      const winner = await Promise.any(attempts.map((attempt) => attempt.first.then(() => attempt)))
      // Of the others at least how long they have taken is known.
      for (const attempt of attempts) hedge.observe(call.operation, clock() - attempt.startedMs)
      for (const attempt of attempts) if (attempt !== winner) attempt.abandon()
      return winner
    } catch (error) {
      await Promise.all(attempts.map((attempt) => attempt.end()))
      if (!(error instanceof AggregateError)) throw error
      throw error.errors.find((one) => !passesOn(one)) ?? error.errors.at(-1)
    }
  }

  function started<T>(place: Place, call: Call<AsyncIterable<T>>): Attempt<T> {
    const attempt = begin(place, call, clock)
    attempt.first.catch((error) => suspect(place, error))
    return attempt
  }

  async function* stream<T>(call: Call<AsyncIterable<T>>): AsyncGenerator<T, void> {
    const tried = new Set<Place>()
    let failure: unknown = null
    for (let place = leastBusy(tried); place !== null; place = leastBusy(tried)) {
      tried.add(place)
      let attempt: Attempt<T> | null = null
      let taken = false
      try {
        attempt = await answered(place, call, tried)
        for (let item = await attempt.first; !item.done; item = await attempt.items.next()) {
          taken = true
          yield item.value
        }
        return
      } catch (error) {
        if (attempt !== null) suspect(attempt.place, error)
        if (taken || !passesOn(error)) throw error
        failure = error
      } finally {
        await attempt?.end()
      }
    }
    throw failure
  }

  const { id } = first
  return {
    ...decorated(first, { once: onceByStream(stream), stream }),
    replica: replicas.map(({ replica }) => replica).join(', '),
    replicas: () => places.flatMap(({ member, down }) => (member.replicas?.() ?? []).map((one) => ({ ...one, down }))),
    async probe(signal) {
      const found = await Promise.allSettled(places.map(({ member }) => member.probe(signal)))
      for (const [i, place] of places.entries()) {
        const result = found[i]
        if (result?.status === 'fulfilled') mark(place, null)
        // Where the prober has left nothing was found.
        else if (!isLeft(result?.reason)) mark(place, toTuttiError(result?.reason).message)
      }
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

async function isLate<T>({ first }: Attempt<T>, ms: number): Promise<boolean> {
  const late = Promise.withResolvers<boolean>()
  const timer = setTimeout(() => late.resolve(true), ms)
  const early = () => late.resolve(false)
  first.then(early, early)
  return late.promise.finally(() => clearTimeout(timer))
}

/** Whether another replica may do better: refusing for now is being busy, not to be reached is being down. */
function passesOn(error: unknown): boolean {
  return (
    error instanceof TuttiError && ['member_unreachable', 'member_unavailable', 'circuit_open'].includes(error.code)
  )
}

function isLeft(error: unknown): boolean {
  return error instanceof TuttiError && error.code === 'client_closed'
}

function isUnreachable(error: unknown): error is TuttiError {
  return error instanceof TuttiError && error.code === 'member_unreachable'
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
