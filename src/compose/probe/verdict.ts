import type { EnsembleConfig } from '../../config/config.ts'
import type { Granularity } from '../../core/lattice/alphabet.ts'
import { lacks } from '../../ensemble/ability.ts'
import type { Member, Probe } from '../../members/member.ts'

export interface Possible {
  readonly possible: boolean
  /** Why not, or what is to be known of it; null: nothing. */
  readonly why: string | null
}

/** What an ensemble may do, by what its members were found to do. */
export interface Verdict {
  readonly name: string
  /** As configured. */
  readonly granularity: EnsembleConfig['granularity']
  /** Whether it can answer as it is configured. */
  readonly works: boolean
  readonly token: Possible
  readonly byte: Possible
  readonly classify: Possible
  readonly answer: Possible
}

/** A member as an ensemble finds it; without a probe it can't take part. */
export interface Candidate {
  readonly member: Member | null
  readonly probe: Probe | null
}

type Present = { readonly id: string; readonly member: Member; readonly probe: Probe }

export function verdictOf(ensemble: EnsembleConfig, candidates: ReadonlyMap<string, Candidate>): Verdict {
  const present: Present[] = []
  const missing: string[] = []
  for (const { id } of ensemble.members) {
    const { member, probe } = candidates.get(id) ?? { member: null, probe: null }
    if (member === null || probe === null) missing.push(id)
    else present.push({ id, member, probe })
  }
  const needed = Math.max(1, ensemble.quorum)
  const few =
    present.length < needed
      ? `needs ${needed} of its members; without ${missing.join(', ')} it has ${present.length}`
      : null
  const unless = (why: string | null, known: readonly string[] = []): Possible => {
    const reason = few ?? why
    if (reason !== null) return { possible: false, why: reason }
    const told = [...(missing.length > 0 ? [`without ${missing.join(', ')}`] : []), ...known]
    return { possible: true, why: told.length > 0 ? told.join('; ') : null }
  }
  const token = unless(lacking('token', present) ?? mixed(present))
  const byte = unless(lacking('byte', present))
  const listless = present.filter(({ member, probe }) => lacks('byte', member, probe) !== null)
  const classify = unless(
    lacking(
      'byte',
      listless.filter(({ member }) => !writes(member)),
    ),
    listless.map(({ id }) => `${id} by the lists along an answer, if its server tells them`),
  )
  const answer = unless(silent(present))
  const fuses = ensemble.granularity === 'token' ? token.possible : byte.possible || token.possible
  const chooses =
    few === null && present.every(({ member, probe }) => writes(member) || lacks('byte', member, probe) === null)
  const works = ensemble.strategy.kind === 'fuse' ? fuses : chooses
  return { name: ensemble.name, granularity: ensemble.granularity, works, token, byte, classify, answer }
}

function lacking(granularity: Granularity, present: readonly Present[]): string | null {
  for (const { id, member, probe } of present) {
    const lack = lacks(granularity, member, probe)
    if (lack !== null) return `${id} ${lack}`
  }
  return null
}

function mixed([first, ...others]: readonly Present[]): string | null {
  const fingerprint = first?.probe.capabilities.vocabularyFingerprint
  const other = others.find(({ probe }) => probe.capabilities.vocabularyFingerprint !== fingerprint)
  return other === undefined ? null : `${other.id} has not the vocabulary of ${first?.id}`
}

/** Asked by name: the operation is one that a protocol may have or not. */
function writes(member: Member): boolean {
  return 'answer' in member
}

function silent(present: readonly Present[]): string | null {
  const unable = present.filter(({ member }) => !writes(member)).map(({ id }) => id)
  return unable.length === 0
    ? null
    : `${unable.join(', ')} can't write an answer of ${unable.length === 1 ? 'its' : 'their'} own`
}
