/** Shannon entropy in bits. `probabilities` sum to 1. */
export function entropy(probabilities: Float64Array): number {
  let bits = 0
  for (let i = 0; i < probabilities.length; i++) {
    const p = probabilities[i] as number
    if (p > 0) bits -= p * Math.log2(p)
  }
  return bits
}

/** Two ends of what an entropy can be, in bits. */
export interface EntropyBounds {
  readonly low: number
  readonly high: number
}

/**
 * Bounds on the entropy of every distribution within a total variation of `variation` of one with entropy `bits`: the
 * classical case of the Fannes–Audenaert inequality (Audenaert 2007), |H(p) − H(q)| ≤ T log2(n − 1) + h(T).
 *
 * @param symbols size of the alphabet, at least 2.
 */
export function entropyWithin(bits: number, variation: number, symbols: number): EntropyBounds {
  const most = Math.log2(symbols)
  // The right side rises up to T = 1 − 1/n, where it is log2 n and says nothing.
  if (variation >= 1 - 1 / symbols) return { low: 0, high: most }
  const binary = entropy(Float64Array.of(variation, 1 - variation))
  const distance = variation * Math.log2(symbols - 1) + binary
  return { low: Math.max(0, bits - distance), high: Math.min(most, bits + distance) }
}
