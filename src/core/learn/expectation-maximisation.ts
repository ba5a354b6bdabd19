export interface FittedWeights {
  /** At least 0, sum 1. */
  readonly weights: readonly number[]
  /** Mean −log2 of the fused probability of a symbol, before each iteration and after the last. */
  readonly bitsPerSymbol: readonly number[]
}

/**
 * Weights of a linear pool that make given symbols likeliest, by expectation–maximisation (Dempster, Laird & Rubin
 * 1977; SRILM's compute-best-mix): w_m ← mean over symbols of w_m p_m(x) / Σ w p(x). The likelihood is concave in the
 * weights and never falls, so any start inside the simplex reaches the optimum.
 *
 * @param probabilities one array a member: its probability of each symbol that came, above 0 for some member.
 */
export function fitLinearWeights(
  probabilities: readonly Float64Array[],
  { tolerance = 1e-9, maxIterations = 1000 }: { readonly tolerance?: number; readonly maxIterations?: number } = {},
): FittedWeights {
  const members = probabilities.length
  const symbols = probabilities[0]?.length ?? 0
  let weights = Array.from({ length: members }, () => 1 / members)
  const bitsPerSymbol: number[] = []
  for (let iteration = 0; iteration <= maxIterations; iteration++) {
    const shares = new Float64Array(members)
    let bits = 0
    for (let x = 0; x < symbols; x++) {
      let fused = 0
      for (let m = 0; m < members; m++)
        fused += (weights[m] as number) * ((probabilities[m] as Float64Array)[x] as number)
      bits -= Math.log2(fused)
      for (let m = 0; m < members; m++) {
        const share = ((weights[m] as number) * ((probabilities[m] as Float64Array)[x] as number)) / fused
        shares[m] = (shares[m] as number) + share
      }
    }
    const previous = bitsPerSymbol.at(-1)
    bitsPerSymbol.push(bits / symbols)
    if (previous !== undefined && previous - bits / symbols < tolerance) break
    if (iteration < maxIterations) weights = Array.from(shares, (share) => share / symbols)
  }
  return { weights, bitsPerSymbol }
}
