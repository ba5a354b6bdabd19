import { randomUUID } from 'node:crypto'
import type { Config, MemberConfig } from '../config/config.ts'
import type { LoadedTokenizer } from '../tokenizer/load-tokenizer.ts'
import { defineMember, loadTokenizers } from './define-member.ts'
import { type Placed, placeMembers } from './embedded.ts'
import { type Examined, examineMember } from './probe/examine-member.ts'
import { failureOf } from './probe/failure.ts'
import type { MemberReport } from './probe/member-report.ts'
import { type Candidate, type Verdict, verdictOf } from './probe/verdict.ts'
import { secretsOf, withoutSecrets } from './probe/without-secrets.ts'

export interface CheckReport {
  /** Everything that is configured can work. */
  readonly ok: boolean
  /** One for each replica, in the order of the configuration. */
  readonly members: readonly MemberReport[]
  readonly ensembles: readonly Verdict[]
}

interface CheckOptions {
  /** Told before each member is probed. */
  readonly onMember?: (id: string, place: number, of: number) => void
  /** Milliseconds that one replica may take. */
  readonly limitMs?: number
}

/** Probes every member of a configuration, one after the other so that their timings are their own, and judges its ensembles. */
export async function checkConfig(config: Config, options: CheckOptions = {}): Promise<CheckReport> {
  const { onMember = () => {}, limitMs = 120_000 } = options
  const placed = await Promise.allSettled(config.members.map((member) => placeMembers([member], () => {})))
  const reports: MemberReport[] = []
  const candidates = new Map<string, Candidate>()
  try {
    for (const [index, member] of config.members.entries()) {
      onMember(member.id, index + 1, config.members.length)
      const own = placed[index] as PromiseSettledResult<Placed>
      const found =
        own.status === 'rejected' ? unplaced(member, own.reason) : await checkMember(member, own.value, limitMs)
      reports.push(...found.reports)
      candidates.set(member.id, found)
    }
  } finally {
    await Promise.all(placed.map((one) => (one.status === 'fulfilled' ? one.value.close() : null)))
  }
  const ensembles = config.ensembles.map((ensemble) => verdictOf(ensemble, candidates))
  const ok = reports.every(({ failures }) => failures.length === 0) && ensembles.every(({ works }) => works)
  return withoutSecrets({ ok, members: reports, ensembles }, secretsOf(config))
}

type Checked = Candidate & { readonly reports: readonly MemberReport[] }

/** A member that could not even be defined. */
function unplaced({ id, kind, source }: MemberConfig, error: unknown): Checked {
  const replica = 'urls' in source ? source.urls.join(', ') : source.model
  const check = 'urls' in source ? 'tokenizer file' : 'worker'
  return {
    member: null,
    probe: null,
    reports: [{ id, kind, replica, found: null, failures: [failureOf(check, error)], notes: [] }],
  }
}

async function checkMember(config: MemberConfig, placed: Placed, limitMs: number): Promise<Checked> {
  let tokenizer: LoadedTokenizer | null
  try {
    tokenizer = loadTokenizers([config]).get(config.id) ?? null
  } catch (error) {
    return unplaced(config, error)
  }
  const all = placed.urls.get(config.id) ?? []
  const examined: Examined[] = []
  for (const url of all) {
    const member = defineMember(config, [url], tokenizer)
    const options = { limitMs, clock: () => performance.now(), salt: randomUUID() }
    examined.push(await examineMember(member, tokenizer, options))
    await member.close()
  }
  const whole = defineMember(config, all, tokenizer)
  const probe = examined.find((one) => one.probe !== null)?.probe ?? null
  const reports = examined.map(({ report }) => differing(report, examined[0]?.report))
  await whole.close()
  return { member: whole, probe: reports.some(differs) ? null : limited(probe, config.topK), reports }
}

const check = 'replicas'
const differs = ({ failures }: MemberReport) => failures.some((failure) => failure.check === check)

/** Replicas of a member serve one model. */
function differing(report: MemberReport, first: MemberReport | undefined): MemberReport {
  const [own, other] = [report.found, first?.found]
  if (!own || !other) return report
  if (own.model === other.model && own.vocabulary_fingerprint === other.vocabulary_fingerprint) return report
  const reason = `it serves ${own.model}, and the first replica ${other.model}`
  const remedy = 'give replicas of one model, or make them members'
  return { ...report, failures: [...report.failures, { check, reason, remedy }] }
}

function limited(probe: Candidate['probe'], topK: number | null): Candidate['probe'] {
  if (probe === null || topK === null) return probe
  const { capabilities } = probe
  return { ...probe, capabilities: { ...capabilities, maxTopK: Math.min(topK, capabilities.maxTopK) } }
}
