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
 * Scores to take the argmax of (plus noise): log q(x) / T for the symbols kept, −∞ for the others. Filters look at the
 * distribution before the temperature. Symbols of equal probability stay or go together.
 */
export function warp(probabilities: Float64Array, { temperature, topP, minP }: Warp): Float64Array {
  const least = Math.max(minP * max(probabilities), topP < 1 ? nucleusThreshold(probabilities, topP) : 0)
  const scale = temperature > 0 ? 1 / temperature : 1
  return probabilities.map((p) => (p > 0 && p >= least ? Math.log(p) * scale : Number.NEGATIVE_INFINITY))
}

function max(values: Float64Array): number {
  let most = 0
  for (let i = 0; i < values.length; i++) most = Math.max(most, values[i] as number)
  return most
}

/** Probability of the last symbol needed to reach a mass of `topP`. */
function nucleusThreshold(probabilities: Float64Array, topP: number): number {
  const descending = probabilities.slice().sort().reverse()
  let sum = 0
  for (let i = 0; i < descending.length; i++) {
    sum += descending[i] as number
    if (sum >= topP) return descending[i] as number
  }
  return 0
}
