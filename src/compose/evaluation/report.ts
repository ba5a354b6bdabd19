import type { PairDiversity } from '../../core/learn/diversity.ts'
import type { ReliabilityBin } from '../../core/learn/reliability.ts'
import type { Standings } from './standings.ts'

/** What `tutti evaluate` found: the JSON that it writes, and all that the page shows. */
export interface Report {
  readonly task: 'text' | 'classification'
  readonly ensemble: string
  readonly members: readonly { readonly id: string; readonly kind: string; readonly model: string }[]
  readonly granularity: 'byte' | 'token'
  readonly data: { readonly name: string; readonly sha256: string; readonly rows: number }
  readonly seed: number
  readonly contenders: readonly { readonly name: string; readonly pool: string; readonly weights: readonly number[] }[]
  /** Of each measure, each domain, then all of them; the first measure is the one that decides. */
  readonly measures: readonly {
    readonly name: string
    readonly unit: string
    readonly standings: readonly Standings[]
  }[]
  readonly diversity: {
    readonly pairs: readonly (PairDiversity & { readonly members: readonly [string, string] })[]
    /** Share of symbols or answers, by member, that were its likeliest. */
    readonly accuracy: readonly number[]
    /** Share that some member had as its likeliest. */
    readonly oracle: number
    /** Bits, mean over symbols or answers. */
    readonly jensen_shannon: number
  }
  /** Of classification only. */
  readonly calibration: readonly {
    readonly name: string
    readonly error: number
    readonly bins: readonly ReliabilityBin[]
  }[]
  readonly verdict: Verdict
}

export interface Verdict {
  readonly best_member: string
  /** Ensembles whose gain over it has an interval above 0 on all data, the largest gain first. */
  readonly better: readonly string[]
}

/** Who beats the best member for certain, on all data and by the measure that decides. */
export function verdictOf({ best, standings }: Standings, members: number): Verdict {
  const better = standings
    .slice(members)
    .filter(({ gain }) => gain !== null && gain.low > 0)
    .sort((a, b) => (b.gain?.estimate ?? 0) - (a.gain?.estimate ?? 0))
  return { best_member: best, better: better.map(({ name }) => name) }
}
