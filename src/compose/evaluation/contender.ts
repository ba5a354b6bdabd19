import { bayesWeights } from '../../core/learn/bayes-weights.ts'
import type { Bounded } from '../../core/pool/bounded.ts'
import { type PoolKind, pools } from '../../core/pool/pools.ts'
import type { FollowedSymbol } from '../../ensemble/follow.ts'

/** A way to weigh the members that is measured against others: a member alone, or a pool with its weights. */
export interface Contender {
  readonly name: string
  /**
   * `bayes`: a linear pool whose weights follow the text so far, from the given ones on. `configured`: whatever the ensemble
   * itself makes of its members, adaptive weights among it.
   */
  readonly pool: PoolKind | 'bayes' | 'configured'
  readonly weights: readonly number[]
}

/** Each member alone. */
export function aloneContenders(ids: readonly string[]): Contender[] {
  return ids.map((id, m) => ({ name: id, pool: 'linear', weights: ids.map((_, other) => (other === m ? 1 : 0)) }))
}

/** Equal weights. */
export function equalWeights(members: number): number[] {
  return Array.from({ length: members }, () => 1 / members)
}

/**
 * Natural log-probability that a contender gives to a symbol.
 *
 * @param soFar each member's log-probability of the text before it.
 */
export function logProbBy(
  { pool, weights }: Contender,
  { conditionals, fused, symbol }: Pick<FollowedSymbol, 'conditionals' | 'fused' | 'symbol'>,
  soFar: readonly number[],
): number {
  if (pool === 'configured') return Math.log(fused.probabilities[symbol] as number)
  if (pool !== 'linear' && pool !== 'bayes') {
    return Math.log(pools[pool](conditionals, weights).probabilities[symbol] as number)
  }
  const now = pool === 'bayes' ? bayesWeights(weights, soFar) : weights
  let mixed = 0
  for (let m = 0; m < now.length; m++) {
    mixed += (now[m] as number) * ((conditionals[m] as Bounded).probabilities[symbol] as number)
  }
  return Math.log(mixed)
}
