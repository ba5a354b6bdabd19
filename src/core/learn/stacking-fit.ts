import type { StackingRows } from '../pool/stacking.ts'
import type { Foretold } from './foretold.ts'
import { minimise } from './minimise.ts'

/**
 * Multinomial logistic regression on the members' label log-probabilities (stacking, Wolpert 1992; Ting & Witten 1999), with
 * ½λ‖C − C_0‖² where C_0 is the log-linear pool of equal weights: what the data don't speak for stays as that pool has it.
 * Convex, so the fit is the optimum whatever the start.
 *
 * @param foretold predictions that were not fitted on the answers they are for (out-of-fold).
 * @param strength λ, in nats an answer, above 0.
 */
export function fitStacking(foretold: Foretold, strength: number): StackingRows {
  const labels = foretold.size
  const width = 1 + foretold.logProbs.length * labels
  const anchor = Float64Array.from(equalPool(labels, foretold.logProbs.length).flat())
  const features = featuresOf(foretold)
  const fitted = minimise((point, gradient) => {
    const loss = crossEntropy(point, gradient, features, foretold.outcomes, labels)
    let pull = 0
    for (let i = 0; i < point.length; i++) {
      const away = (point[i] as number) - (anchor[i] as number)
      pull += (strength / 2) * away * away
      gradient[i] = (gradient[i] as number) + strength * away
    }
    return loss + pull
  }, anchor)
  return Array.from({ length: labels }, (_, label) => Array.from(fitted.subarray(label * width, (label + 1) * width)))
}

/** The coefficients that make stacking the log-linear pool of equal weights. */
export function equalPool(labels: number, members: number): StackingRows {
  return Array.from({ length: labels }, (_, label) => [
    0,
    ...Array.from({ length: members * labels }, (_, column) => (column % labels === label ? 1 / members : 0)),
  ])
}

/** A row an answer: 1 for the bias, then the members' log-probabilities. */
function featuresOf({ size, outcomes, logProbs }: Foretold): Float64Array[] {
  return Array.from(outcomes, (_, place) =>
    Float64Array.from([1, ...logProbs.flatMap((own) => [...own.subarray(place * size, (place + 1) * size)])]),
  )
}

/** Mean loss in nats; adds nothing to the gradient but its own. */
function crossEntropy(
  point: Float64Array,
  gradient: Float64Array,
  features: readonly Float64Array[],
  outcomes: Int32Array,
  labels: number,
): number {
  gradient.fill(0)
  const width = point.length / labels
  const scores = new Float64Array(labels)
  let loss = 0
  features.forEach((row, place) => {
    for (let label = 0; label < labels; label++) {
      let score = 0
      for (let i = 0; i < width; i++) score += (point[label * width + i] as number) * (row[i] as number)
      scores[label] = score
    }
    const largest = Math.max(...scores)
    const normaliser = largest + Math.log(scores.reduce((sum, score) => sum + Math.exp(score - largest), 0))
    const outcome = outcomes[place] as number
    loss += normaliser - (scores[outcome] as number)
    for (let label = 0; label < labels; label++) {
      const error = Math.exp((scores[label] as number) - normaliser) - (label === outcome ? 1 : 0)
      for (let i = 0; i < width; i++) {
        const at = label * width + i
        gradient[at] = (gradient[at] as number) + (error * (row[i] as number)) / features.length
      }
    }
  })
  return loss / features.length
}
