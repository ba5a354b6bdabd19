/**
 * Weights by how well each member foresaw the prompt: softmax(−bits per byte / τ). Unlike Bayesian weights they do not
 * sharpen with the prompt's length.
 *
 * @param bitsPerByte of the prompt, a member each; null for a member that has not read it, which gets no weight.
 * @param temperature τ in bits per byte, above 0: small gives all to the best, large equal shares.
 * @returns sum 1; equal shares when nobody has read the prompt.
 */
export function promptFitWeights(bitsPerByte: readonly (number | null)[], temperature: number): number[] {
  const least = Math.min(...bitsPerByte.map((bits) => bits ?? Infinity))
  if (least === Infinity) return bitsPerByte.map(() => 1 / bitsPerByte.length)
  const shares = bitsPerByte.map((bits) => (bits === null ? 0 : Math.exp((least - bits) / temperature)))
  const sum = shares.reduce((total, share) => total + share, 0)
  return shares.map((share) => share / sum)
}
