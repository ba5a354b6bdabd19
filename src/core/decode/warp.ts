/** How the fused distribution is reshaped before a symbol is chosen, at the ensemble's granularity. */
export interface Warp {
  /** 0 is greedy; 1 leaves the distribution as it is. */
  readonly temperature: number
  /** Keep the likeliest symbols whose mass first reaches this (nucleus, Holtzman et al. 2020); 1 keeps all. */
  readonly topP: number
  /** Keep symbols of at least this share of the likeliest one's probability (Nguyen et al. 2024); 0 keeps all. */
  readonly minP: number
}

/**
 * Least probability of a symbol that both filters keep. Filters look at the distribution before the temperature; symbols
 * of equal probability stay or go together. `probabilities` need not sum to 1.
 */
export function leastKept(probabilities: Float64Array, { topP, minP }: Warp): number {
  if (topP >= 1 && minP <= 0) return 0
  return Math.max(minP * maximum(probabilities), topP < 1 ? nucleusThreshold(probabilities, topP) : 0)
}

export function maximum(values: Float64Array): number {
  let most = 0
  for (let i = 0; i < values.length; i++) if ((values[i] as number) > most) most = values[i] as number
  return most
}

/** Probability of the last symbol needed to reach a share of `topP` of the mass. */
function nucleusThreshold(probabilities: Float64Array, topP: number): number {
  const descending = probabilities.slice().sort().reverse()
  const target = topP * descending.reduce((sum, p) => sum + p, 0)
  let sum = 0
  for (let i = 0; i < descending.length; i++) {
    sum += descending[i] as number
    if (sum >= target) return descending[i] as number
  }
  return 0
}
