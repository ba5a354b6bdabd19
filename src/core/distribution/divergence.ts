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
