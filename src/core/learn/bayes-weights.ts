/**
 * Weights that follow the evidence, w_t ∝ w_0·p_m(x_<t): the posterior of a mixture whose members are hypotheses about the
 * whole text (Bayesian model averaging; the mixture forecaster of Vovk 1990 under log-loss). A linear pool with these
 * weights gives the text Σ w_0·p_m(x) in all, so its loss exceeds no member's by more than ln 1/w_0.
 *
 * @param prior at least 0, sum 1: the weights before the first symbol.
 * @param logProbs natural logarithm of each member's probability of the text so far; 0 before the first symbol.
 * @returns weights of the next symbol, sum 1; the prior when every member that has weight ruled the text out.
 */
export function bayesWeights(prior: readonly number[], logProbs: readonly number[]): number[] {
  const largest = Math.max(...logProbs.filter((_, m) => (prior[m] as number) > 0))
  if (largest === Number.NEGATIVE_INFINITY) return [...prior]
  const shares = prior.map((weight, m) => (weight > 0 ? weight * Math.exp((logProbs[m] as number) - largest) : 0))
  const sum = shares.reduce((total, share) => total + share, 0)
  return shares.map((share) => share / sum)
}
