import type { MemberState, Verdict } from '../ensemble/ensemble.ts'
import { TuttiError, toTuttiError } from '../errors.ts'
import type { Member, Probe } from '../members/member.ts'
import { failureOf } from './probe/failure.ts'
import { inabilities, notesOf } from './probe/notes.ts'

export interface WatchOptions {
  /** Longest list to ask of the member; null for no limit beside its own. */
  readonly topK: number | null
  /** Milliseconds between probes of a member that is up. */
  readonly upMs?: number
  /** Milliseconds between probes of a member that is down. */
  readonly downMs?: number
  /** Milliseconds that a probe may take. */
  readonly probeMs?: number
  /** Seconds since 1970. */
  readonly now?: () => number
  /** Told when the member comes up, and when it goes down with the reason. */
  readonly onChange?: (reason: string | null) => void
}

export interface Watch extends MemberState {
  /** Resolves when the first probe has ended, either way. */
  readonly first: Promise<void>
  /** A call of the member failed: takes it as down and probes it at once. */
  suspect(reason: string): void
  /** A call took too long, which may be the call's own deadline: probes at once, and goes by what the probe finds. */
  doubt(): void
  close(): void
}

/** Keeps what is known of a member current by probing it: slowly while it is up, quickly while it is down. */
export function watchMember(member: Member, options: WatchOptions): Watch {
  const { topK, upMs = 10_000, downMs = 500, probeMs = 5_000, onChange = () => {}, now = wallClock } = options
  const closed = new AbortController()
  let known: Probe | null = null
  let verdict: Verdict | null = null
  let reason: string | null = 'not probed yet'
  let suspected = false
  let probing: Promise<void> | null = null
  let timer: NodeJS.Timeout | undefined

  function settle(next: string | null): void {
    const changed = next !== reason
    reason = next
    if (changed) onChange(next)
    clearTimeout(timer)
    if (!closed.signal.aborted) timer = setTimeout(look, next === null ? upMs : downMs)
  }

  async function ask(): Promise<void> {
    const late = new AbortController()
    const limit = setTimeout(() => {
      late.abort(new TuttiError('member_timeout', `no answer to a probe within ${probeMs} ms`, { member: member.id }))
    }, probeMs)
    try {
      const found = await member.probe(AbortSignal.any([closed.signal, late.signal]))
      known = limited(found, topK)
      const notes = [...notesOf(found.notes ?? [], found.capabilities), ...inabilities(member, found)]
      verdict = { at: now(), ok: true, notes }
      suspected = false
      settle(null)
    } catch (error) {
      if (closed.signal.aborted) return
      verdict = { at: now(), ok: false, notes: notesOfFailure(error) }
      suspected = false
      settle(toTuttiError(error).message)
    } finally {
      clearTimeout(limit)
    }
  }

  function look(): Promise<void> {
    probing ??= ask().finally(() => {
      probing = null
    })
    return probing
  }

  return {
    member,
    first: look(),
    probe: () => known,
    down: () => reason,
    suspected: () => suspected,
    verdict: () => verdict,
    suspect(why) {
      if (closed.signal.aborted || reason !== null) return
      suspected = true
      settle(why)
      clearTimeout(timer)
      void look()
    },
    doubt() {
      if (!closed.signal.aborted && reason === null) void look()
    },
    close() {
      closed.abort()
      clearTimeout(timer)
    },
  }
}

const wallClock = () => Date.now() / 1000

/** A look that refuses a member says itself what to do about it. */
function notesOfFailure(error: unknown): string[] {
  const { reason, remedy } = failureOf('probe', error)
  return toTuttiError(error).code === 'invalid_model' ? [reason] : [reason, remedy]
}

function limited(probe: Probe, topK: number | null): Probe {
  const { capabilities } = probe
  if (topK === null || topK >= capabilities.maxTopK) return probe
  return { ...probe, capabilities: { ...capabilities, maxTopK: topK } }
}
