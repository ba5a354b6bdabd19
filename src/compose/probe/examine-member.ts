import { TuttiError } from '../../errors.ts'
import type { Member, Probe } from '../../members/member.ts'
import type { LoadedTokenizer } from '../../tokenizer/load-tokenizer.ts'
import { type DeepLook, deepLook } from './deep-look.ts'
import { failureOf } from './failure.ts'
import { firstLook } from './first-look.ts'
import type { FoundMember, MemberReport } from './member-report.ts'
import { notesOf } from './notes.ts'
import { answerTokens, givesLists, type Timings, timings } from './timings.ts'

export interface Examination {
  /** Milliseconds that all of it may take. */
  readonly limitMs: number
  readonly clock: () => number
  /** Text that no context before held. */
  readonly salt: string
}

/** A member as it was found, with a probe that ensembles can be judged by; null where it can't take part. */
export interface Examined {
  readonly report: MemberReport
  readonly probe: Probe | null
}

const timesOfAnswers = `its latency is that of answers of up to ${answerTokens} tokens`

/** Everything that can be asked of a member, by one replica. */
export async function examineMember(
  member: Member,
  tokenizer: LoadedTokenizer | null,
  { limitMs, clock, salt }: Examination,
): Promise<Examined> {
  const { id, kind, replica } = member
  const late = new AbortController()
  const timer = setTimeout(() => {
    late.abort(new TuttiError('member_timeout', `${id}: not probed within ${limitMs} ms`, { member: id }))
  }, limitMs)
  const { signal } = late
  let check = 'reachable'
  let found: FoundMember | null = null
  try {
    const probe = await member.probe(signal)
    found = asDeclared(probe)
    check = 'first call'
    const first = await firstLook(member, probe, tokenizer, signal)
    const seen = { ...probe, capabilities: first.capabilities }
    found = { ...asDeclared(seen), beginning: first.beginning }
    if (first.failures.length > 0) return { report: { id, kind, replica, found, ...first }, probe: null }
    check = 'lists'
    const deep = probe.vocabulary === null ? null : await deepLook(member, seen, signal)
    const lists = givesLists(member, seen)
    check = lists ? 'timing' : 'answer'
    const times =
      deep === null || deep.failures.length === 0 ? await timings(member, seen, { salt, clock, signal }) : null
    found = merged(found, deep, times)
    const report = {
      id,
      kind,
      replica,
      found,
      failures: deep?.failures ?? [],
      notes: notesOf([...first.notes, ...(lists ? [] : [timesOfAnswers])], {
        ...first.capabilities,
        basis: found.basis,
      }),
    }
    const capabilities = { ...first.capabilities, maxTopK: found.top_k, basis: found.basis }
    return { report, probe: report.failures.length > 0 ? null : { ...probe, capabilities } }
  } catch (error) {
    return { report: { id, kind, replica, found, failures: [failureOf(check, error)], notes: [] }, probe: null }
  } finally {
    clearTimeout(timer)
  }
}

function asDeclared({ model, capabilities }: Probe): FoundMember {
  return {
    model,
    top_k: capabilities.maxTopK,
    contexts: capabilities.tokenContexts ? 'ids' : 'text',
    bytes: capabilities.exactBytes ? 'exact' : 'text',
    basis: capabilities.basis,
    basis_seen: false,
    scoring: capabilities.scoring,
    streaming: capabilities.streaming,
    beginning: null,
    context_length: capabilities.contextLength,
    vocabulary_fingerprint: capabilities.vocabularyFingerprint,
    first_ms: null,
    again_ms: null,
    latency_ms: null,
    after_cancel_ms: null,
  }
}

function merged(found: FoundMember, deep: DeepLook | null, times: Timings | null): FoundMember {
  return {
    ...found,
    ...(deep && { top_k: deep.topK, basis: deep.basis, basis_seen: deep.basisSeen }),
    ...(times && {
      first_ms: times.firstMs,
      again_ms: times.againMs,
      latency_ms: times.latencyMs,
      after_cancel_ms: times.afterCancelMs,
    }),
  }
}
