/** Label scores of one answer, and which label was right. */
export interface ScoredAnswer {
  /** Natural log-probabilities or any scores whose softmax is the distribution. */
  readonly scores: readonly number[]
  readonly label: number
}

/** The temperatures that can be found: beyond them a distribution is one label, or all of them. */
const coldest = 1 / 64
const hottest = 256

/**
 * The temperature T for which softmax(scores / T) makes the labels likeliest (temperature scaling, Guo et al. 2017). The
 * loss is convex in 1/T; its slope is the mean of E_q[score] − score of the label, and its sign is bisected. Scaling keeps
 * every order of labels as it was.
 *
 * @returns 1 for no answers; an end of the range where the loss still falls there.
 */
export function fitTemperature(answers: readonly ScoredAnswer[]): number {
  if (answers.length === 0) return 1
  let [low, high] = [Math.log(1 / hottest), Math.log(1 / coldest)]
  for (let round = 0; round < 60; round++) {
    const middle = (low + high) / 2
    if (slopeAt(answers, Math.exp(middle)) < 0) low = middle
    else high = middle
  }
  return 1 / Math.exp((low + high) / 2)
}

/** Natural log-probabilities softmax(scores / T). */
export function scaled(scores: readonly number[], temperature: number): number[] {
  const largest = Math.max(...scores)
  const shifted = scores.map((score) => (score - largest) / temperature)
  const normaliser = Math.log(shifted.reduce((sum, score) => sum + Math.exp(score), 0))
  return shifted.map((score) => score - normaliser)
}

function slopeAt(answers: readonly ScoredAnswer[], inverse: number): number {
  let slope = 0
  for (const { scores, label } of answers) {
    const logProbs = scaled(scores, 1 / inverse)
    const mean = logProbs.reduce((sum, logProb, y) => sum + Math.exp(logProb) * (scores[y] as number), 0)
    slope += mean - (scores[label] as number)
  }
  return slope
}
