import type { TokenDistribution } from '../../core/distribution/token-distribution.ts'

/**
 * How far two lists are apart at the least, as total variation: what one hides may be anything up to its smallest entry. Servers
 * round, and batch in other orders, so equal contexts give lists that are near and not equal.
 */
export function apart(first: TokenDistribution, second: TokenDistribution): number {
  return (beyond(first, second) + beyond(second, first)) / 2
}

/** Apart by more than this, two lists are not of one context. */
export const nearlyEqual = 0.05

/** Mass by which tokens are likelier in the first list than they can be in the second. */
function beyond(first: TokenDistribution, second: TokenDistribution): number {
  const other = new Map(Array.from(second.ids, (id, i) => [id, Math.exp(second.logProbs[i] as number)]))
  let sum = 0
  for (let i = 0; i < first.ids.length; i++) {
    const most = other.get(first.ids[i] as number) ?? Math.min(second.smallest, second.unlisted)
    sum += Math.max(0, Math.exp(first.logProbs[i] as number) - most)
  }
  return sum
}
