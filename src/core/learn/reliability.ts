/** Answers of about the same confidence. */
export interface ReliabilityBin {
  readonly count: number
  /** Mean probability that was given to the answers; 0 in an empty bin. */
  readonly confidence: number
  /** Share of them that were right; 0 in an empty bin. */
  readonly accuracy: number
}

/** Answers by confidence, in bins of equal width over [0, 1] (reliability diagram, DeGroot & Fienberg 1983). */
export function reliabilityOf(
  answers: readonly { readonly confidence: number; readonly right: boolean }[],
  bins = 10,
): ReliabilityBin[] {
  return Array.from({ length: bins }, (_, index) => {
    const own = answers.filter(({ confidence }) => Math.min(bins - 1, Math.floor(confidence * bins)) === index)
    const mean = (values: readonly number[]) =>
      values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length
    return {
      count: own.length,
      confidence: mean(own.map(({ confidence }) => confidence)),
      accuracy: mean(own.map(({ right }) => (right ? 1 : 0))),
    }
  })
}

/** Expected calibration error (Naeini et al. 2015): mean distance of confidence and accuracy over answers, by bins. */
export function calibrationError(bins: readonly ReliabilityBin[]): number {
  const count = bins.reduce((sum, bin) => sum + bin.count, 0)
  if (count === 0) return 0
  return bins.reduce((sum, bin) => sum + bin.count * Math.abs(bin.confidence - bin.accuracy), 0) / count
}
