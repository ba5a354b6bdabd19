import { errorTable } from '../../src/errors.ts'
import type { Fault } from './faults.ts'
import type { Part, Route, Told } from './routes.ts'

/** Weights of the members, by the first letter of their ids. */
export const weights = new Map([
  ['a', 0.5],
  ['b', 0.3],
  ['x', 0.2],
])

/** Who fails in most cells. */
const faulty = 'x'
const precision = 1e-12
const same = (one: number, other: number) => Math.abs(one - other) <= precision
const roleOf = (id: string) => id.slice(0, 1)

/** What the same request is answered when nothing is wrong: by all members, and by an ensemble of the healthy ones. */
export interface Oracle {
  readonly all: Told
  readonly sound: Told
}

/** The weighted mean of shares, by weights renormalised over those that have one. */
function pooled(shares: ReadonlyMap<string, number>): number {
  const entries = [...shares].map(([id, share]) => ({ share, weight: weights.get(roleOf(id)) as number }))
  const whole = entries.reduce((sum, { weight }) => sum + weight, 0)
  return entries.reduce((sum, { share, weight }) => sum + (weight * share) / whole, 0)
}

const has = ({ shares }: Part, role: string) => [...shares.keys()].some((id) => roleOf(id) === role)

/** What is wrong with an answer; null: nothing. */
export function faultOf(told: Told, oracle: Oracle, route: Route, fault: Fault): string | null {
  return (
    wrongText(told, oracle, fault) ?? wrongMembers(told) ?? wrongParts(told, oracle, route, fault) ?? wrongMissing(told)
  )
}

function wrongText({ text }: Told, { sound }: Oracle, { alters }: Fault): string | null {
  // Where a lying member leads, other token borders count, and the text ends sooner or later.
  const longer = sound.text.startsWith(text) || text.startsWith(sound.text)
  return text === sound.text || (alters && text !== '' && longer)
    ? null
    : `it says ${JSON.stringify(text)}, and should say ${JSON.stringify(sound.text)}`
}

/** Whole: all are there with the weights of the configuration. Degraded: it says who is not, and why. */
function wrongMembers({ degraded, members, parts }: Told): string | null {
  const lost = members.filter(({ status }) => status !== 'ok')
  if (!degraded && lost.length > 0) return `whole, and without ${lost.map(({ id }) => id)}`
  for (const { id, error } of lost) {
    if (roleOf(id) !== faulty) return `${id} is lost, which is healthy: ${error?.code} ${error?.message}`
    if (error === undefined || error.message === '' || !(error.code in errorTable))
      return `${id} is lost without a reason`
  }
  // One that came back was away from some part.
  if (degraded && lost.length === 0 && parts.every((part) => has(part, faulty))) return 'degraded, and nobody says why'
  const present = members.filter(({ status }) => status === 'ok')
  const whole = present.reduce((sum, { id }) => sum + (weights.get(roleOf(id)) as number), 0)
  for (const { id, status, effective_weight: weight } of members) {
    const expected = status === 'ok' ? (weights.get(roleOf(id)) as number) / whole : 0
    if (!same(weight, expected)) return `${id} counts ${weight} instead of ${expected}`
  }
  return null
}

/** Every probability is the pool of those who were there, and those of healthy members are what they say without the faulty one. */
function wrongParts(told: Told, { sound, all }: Oracle, { chooses }: Route, { alters }: Fault): string | null {
  const [known, whole] = [sound, all].map(({ parts }) => new Map(parts.map((part) => [part.key, part]))) as [
    Map<string, Part>,
    Map<string, Part>,
  ]
  for (const [at, part] of told.parts.entries()) {
    const without = !has(part, faulty)
    const truth = known.get(part.key)
    if (truth === undefined) {
      if (chooses && has(part, faulty)) continue
      if (alters && same(part.fused, pooled(part.shares))) continue
      return `${part.key} is not there without the faulty member`
    }
    if (!told.degraded && without && !chooses) return `whole, and ${part.key} is without the faulty member`
    if (chooses) {
      const expected = told.degraded ? truth : whole.get(part.key)
      if (!alters && !same(part.fused, expected?.fused ?? 0)) return `${part.key} has ${part.fused} of the votes`
      continue
    }
    for (const [id, share] of truth.shares) {
      const own = [...part.shares].find(([other]) => roleOf(other) === roleOf(id))
      if (own === undefined || !same(own[1], share)) return `${part.key}: ${id} says ${own?.[1]} instead of ${share}`
    }
    if (part.ofTheEnd && told.degraded) {
      const rest = told.parts.slice(at)
      if (same(part.fused, truth.fused)) {
        const back = rest.find(({ key, fused }) => !same(fused, known.get(key)?.fused ?? 0))
        if (back) return `${back.key} is fused from a member that was lost before`
      } else if (!alters && !same(part.fused, whole.get(part.key)?.fused ?? 0)) {
        return `${part.key} is fused to ${part.fused}, neither with nor without the faulty member`
      }
      continue
    }
    const expected = without ? truth.fused : pooled(part.shares)
    if (!same(part.fused, expected)) return `${part.key} is fused to ${part.fused} instead of ${expected}`
    const alike = !told.degraded && !alters ? whole.get(part.key)?.fused : undefined
    if (alike !== undefined && !same(part.fused, alike)) return `${part.key} is ${part.fused} instead of ${alike}`
  }
  return null
}

/** The share of the weights that took no part, over the steps. */
function wrongMissing({ missingWeight, parts, degraded }: Told): string | null {
  if (missingWeight === null || !degraded || parts.some(({ ofTheEnd }) => ofTheEnd)) return null
  const away = parts.filter((part) => !has(part, faulty)).length / parts.length
  const expected = (weights.get(faulty) as number) * away
  return same(missingWeight, expected) ? null : `${missingWeight} of the weight is missing instead of ${expected}`
}

/** What is wrong with an error; null: it is one of the two that a request without its quorum ends by. */
export function wrongError(status: number, body: string, met: boolean, { all }: Fault): string | null {
  const json = /\{"error":.*\}/.exec(body)?.[0]
  const { error } = JSON.parse(json ?? '{}') as { error?: { code: string; message: string } }
  if (error === undefined) return `${status} without an error: ${body.slice(0, 200)}`
  const { code, message } = error
  const documented = errorTable[code as keyof typeof errorTable]
  if (documented === undefined) return `an error of an unknown code: ${code}`
  if (status !== 200 && status !== documented.status) return `${code} came with ${status}`
  if (status === 200 && !body.endsWith('data: [DONE]\n\n')) return 'a stream that fails without its end'
  // Of the member whose tokens were asked for, and no other's could be had.
  if (all && code === 'member_timeout') return null
  if (code !== 'quorum_not_met' && code !== 'deadline_exceeded') return `${code}: ${message}`
  if (met && !all) return `${code} though the quorum could be met: ${message}`
  return null
}
