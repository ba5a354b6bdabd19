import { type Interval, ratioInterval, relativeGain } from '../../core/learn/bootstrap.ts'

/** What contenders lost on one row: losses in bits, or wrong answers, over so many bytes or answers. */
export interface Outcome {
  readonly document: string
  readonly domain: string
  /** Bytes, or answers. */
  readonly size: number
  /** A contender each; null where it held what came for impossible. */
  readonly losses: readonly (number | null)[]
}

export interface Standing {
  readonly name: string
  /** Loss per unit of size; null where some loss is infinite. */
  readonly loss: Interval | null
  /** Share of loss saved against the best member alone. */
  readonly gain: Interval | null
}

/** How the contenders did on the rows of one domain, or on all. */
export interface Standings {
  readonly domain: string
  readonly documents: number
  readonly size: number
  /** The member that lost least here. */
  readonly best: string
  readonly standings: readonly Standing[]
}

/** What the mix of all domains is called. */
export const allDomains = 'all'

/**
 * Standings on each domain and on all of them, with 95 % intervals by document. The first `members` names are members
 * alone; the best of them is taken where it is judged, which flatters it and nobody else.
 */
export function standingsOf(
  outcomes: readonly Outcome[],
  names: readonly string[],
  members: number,
  seed: number,
): Standings[] {
  const domains = [...new Set(outcomes.map(({ domain }) => domain))]
  const all = standingsOn(allDomains, outcomes, names, members, seed)
  if (domains.length < 2) return [all]
  const own = domains.map((domain) =>
    standingsOn(
      domain,
      outcomes.filter((outcome) => outcome.domain === domain),
      names,
      members,
      seed,
    ),
  )
  return [...own, all]
}

function standingsOn(
  domain: string,
  outcomes: readonly Outcome[],
  names: readonly string[],
  members: number,
  seed: number,
): Standings {
  const documents = byDocument(outcomes)
  const totals = names.map((_, index) => documents.reduce((sum, { losses }) => sum + at(losses, index), 0))
  const alone = totals.slice(0, members)
  const best = alone.indexOf(Math.min(...alone))
  const options = { seed }
  return {
    domain,
    documents: documents.length,
    size: documents.reduce((sum, { size }) => sum + size, 0),
    best: names[best] as string,
    standings: names.map((name, index) => {
      if (!Number.isFinite(totals[index])) return { name, loss: null, gain: null }
      const pairs = documents.map(({ losses }) => ({ loss: at(losses, index), reference: at(losses, best) }))
      return {
        name,
        loss: ratioInterval(
          documents.map(({ losses, size }) => ({ value: at(losses, index), size })),
          options,
        ),
        gain: relativeGain(pairs, options),
      }
    }),
  }
}

function at(losses: readonly (number | null)[], index: number): number {
  return losses[index] ?? Number.POSITIVE_INFINITY
}

/** Rows of one document as one. */
function byDocument(outcomes: readonly Outcome[]): Outcome[] {
  const documents = new Map<string, Outcome>()
  for (const outcome of outcomes) {
    const key = JSON.stringify([outcome.domain, outcome.document])
    const before = documents.get(key)
    documents.set(
      key,
      before === undefined
        ? outcome
        : {
            ...outcome,
            size: before.size + outcome.size,
            losses: outcome.losses.map((loss, index) => sumOf(loss, before.losses[index] ?? null)),
          },
    )
  }
  return [...documents.values()]
}

function sumOf(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a + b
}
