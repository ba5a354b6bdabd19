import { entropy } from './entropy.ts'

/**
 * Kullback–Leibler divergence KL(p ‖ q) in bits; infinite where p has mass and q none. At least 0: rounding may not
 * take it below.
 */
export function klDivergence(p: Float64Array, q: Float64Array): number {
  let bits = 0
  for (let i = 0; i < p.length; i++) {
    const mass = p[i] as number
    if (mass > 0) bits += mass * Math.log2(mass / (q[i] as number))
  }
  return Math.max(0, bits)
}

/**
 * Jensen–Shannon divergence of weighted distributions in bits (Lin 1991): the entropy of their mixture less the mean of
 * their entropies. 0 when all agree, at most the entropy of the weights. Weights are at least 0 and sum to 1.
 */
export function jensenShannon(distributions: readonly Float64Array[], weights: readonly number[]): number {
  const mixture = new Float64Array(distributions[0]?.length ?? 0)
  let own = 0
  distributions.forEach((distribution, index) => {
    const weight = weights[index] as number
    own += weight * entropy(distribution)
    for (let x = 0; x < mixture.length; x++) {
      mixture[x] = (mixture[x] as number) + weight * (distribution[x] as number)
    }
  })
  return Math.max(0, entropy(mixture) - own)
}
