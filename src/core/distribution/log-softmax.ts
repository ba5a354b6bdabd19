/**
 * Natural log-probabilities of one position, computed in float64 and rounded to float32 once.
 *
 * @param logits `size` of them from `offset` on.
 * @throws RangeError when no logit is finite: the weights are broken.
 */
export function logSoftmax(logits: Float32Array, offset: number, size: number): Float32Array {
  let largest = Number.NEGATIVE_INFINITY
  for (let i = offset; i < offset + size; i++) {
    const logit = logits[i] as number
    if (logit > largest) largest = logit
  }
  if (!Number.isFinite(largest)) throw new RangeError('the model gave no finite logit')
  let sum = 0
  for (let i = offset; i < offset + size; i++) sum += Math.exp((logits[i] as number) - largest)
  const shift = largest + Math.log(sum)
  const logProbs = new Float32Array(size)
  for (let i = 0; i < size; i++) logProbs[i] = (logits[offset + i] as number) - shift
  return logProbs
}

/** Index of the largest value, the first of equals. */
export function argmax(values: Float32Array): number {
  let best = 0
  for (let i = 1; i < values.length; i++) if ((values[i] as number) > (values[best] as number)) best = i
  return best
}
