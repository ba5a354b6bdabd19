import type { Foretold } from './foretold.ts'

/** Value, gradient and curvature of a loss in the weights. */
export interface Quadratic {
  readonly value: number
  readonly gradient: number[]
  readonly hessian: number[][]
}

/** Mean −ln q(x) of what came, in nats a place, for q(x) ∝ Π p_m(x)^w_m with its full normaliser. */
export function logLinearLoss({ size, outcomes, logProbs }: Foretold, weights: readonly number[]): number {
  const scores = new Float64Array(size)
  let loss = 0
  for (let place = 0; place < outcomes.length; place++) {
    const shift = weighScores(scores, logProbs, weights, place * size)
    let sum = 0
    for (let x = 0; x < size; x++) sum += Math.exp((scores[x] as number) - shift)
    loss += shift + Math.log(sum) - (scores[outcomes[place] as number] as number)
  }
  return loss / outcomes.length
}

/**
 * The same with its derivatives: the gradient is E_q[ln p_m] − ln p_m(x), the Hessian the covariance of the members'
 * log-probabilities under q, so the loss is convex (an exponential family in the weights).
 */
export function logLinearQuadratic({ size, outcomes, logProbs }: Foretold, weights: readonly number[]): Quadratic {
  const count = weights.length
  const gradient = new Array<number>(count).fill(0)
  const hessian = Array.from({ length: count }, () => new Array<number>(count).fill(0))
  const scores = new Float64Array(size)
  const means = new Float64Array(count)
  const products = new Float64Array(count * count)
  let value = 0
  for (let place = 0; place < outcomes.length; place++) {
    const row = place * size
    const shift = weighScores(scores, logProbs, weights, row)
    means.fill(0)
    products.fill(0)
    let sum = 0
    for (let x = 0; x < size; x++) {
      const mass = Math.exp((scores[x] as number) - shift)
      if (mass === 0) continue
      sum += mass
      for (let m = 0; m < count; m++) {
        const own = (logProbs[m] as Float32Array)[row + x] as number
        means[m] = (means[m] as number) + mass * own
        for (let n = 0; n <= m; n++) {
          const at = m * count + n
          products[at] = (products[at] as number) + mass * own * ((logProbs[n] as Float32Array)[row + x] as number)
        }
      }
    }
    const outcome = outcomes[place] as number
    value += shift + Math.log(sum) - (scores[outcome] as number)
    for (let m = 0; m < count; m++) {
      const mean = (means[m] as number) / sum
      const slope = mean - ((logProbs[m] as Float32Array)[row + outcome] as number)
      gradient[m] = (gradient[m] as number) + slope / outcomes.length
      for (let n = 0; n <= m; n++) {
        const covariance = (products[m * count + n] as number) / sum - (mean * (means[n] as number)) / sum
        addTo(hessian, m, n, covariance / outcomes.length)
      }
    }
  }
  return { value: value / outcomes.length, gradient, hessian }
}

function addTo(matrix: number[][], m: number, n: number, value: number): void {
  const [row, mirrored] = [matrix[m] as number[], matrix[n] as number[]]
  row[n] = (row[n] as number) + value
  if (m !== n) mirrored[m] = row[n] as number
}

/** Puts Σ w·ln p of a place into `scores` and returns the largest. */
function weighScores(
  scores: Float64Array,
  logProbs: readonly Float32Array[],
  weights: readonly number[],
  row: number,
): number {
  let largest = Number.NEGATIVE_INFINITY
  for (let x = 0; x < scores.length; x++) {
    let score = 0
    for (let m = 0; m < weights.length; m++)
      score += (weights[m] as number) * ((logProbs[m] as Float32Array)[row + x] as number)
    scores[x] = score
    if (score > largest) largest = score
  }
  return largest
}
