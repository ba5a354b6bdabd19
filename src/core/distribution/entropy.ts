/** Shannon entropy in bits. `probabilities` sum to 1. */
export function entropy(probabilities: Float64Array): number {
  let bits = 0
  for (let i = 0; i < probabilities.length; i++) {
    const p = probabilities[i] as number
    if (p > 0) bits -= p * Math.log2(p)
  }
  return bits
}
