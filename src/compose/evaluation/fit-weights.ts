import { fitLinearWeights } from '../../core/learn/expectation-maximisation.ts'
import { type Foretold, outcomeLogProbs } from '../../core/learn/foretold.ts'
import { selectForward } from '../../core/learn/forward-selection.ts'
import { fitLogLinearWeights } from '../../core/learn/log-linear-weights.ts'

/** How weights of symbols are learned; the pool they are for. */
export const fits = {
  em: { pool: 'linear', whole: false, learnFrom: (foretold: Foretold) => linearWeights(foretold) },
  select: { pool: 'linear', whole: false, learnFrom: (foretold: Foretold) => selectedWeights(foretold) },
  log_linear: {
    pool: 'log_linear',
    whole: true,
    learnFrom: (foretold: Foretold) => fitLogLinearWeights(foretold).weights,
  },
} as const

export type Fit = keyof typeof fits

/** Weights as a file holds them: digits beyond these say nothing, and differ between machines. */
export function roundedWeights(weights: readonly number[]): number[] {
  const rounded = weights.map((weight) => Math.round(weight * 1e4) / 1e4)
  const largest = rounded.indexOf(Math.max(...rounded))
  const others = rounded.reduce((sum, weight, m) => (m === largest ? sum : sum + weight), 0)
  return rounded.map((weight, m) => (m === largest ? Math.round((1 - others) * 1e4) / 1e4 : weight))
}

function probabilitiesOf(foretold: Foretold): Float64Array[] {
  return foretold.logProbs.map((_, m) => outcomeLogProbs(foretold, m).map(Math.exp))
}

/** So far that one iteration more would not be seen in the digits that are kept. */
const converged = { tolerance: 1e-14, maxIterations: 5000 }

function linearWeights(foretold: Foretold): readonly number[] {
  return fitLinearWeights(probabilitiesOf(foretold), converged).weights
}

function selectedWeights(foretold: Foretold): number[] {
  const probabilities = probabilitiesOf(foretold)
  const places = foretold.outcomes.length
  const loss = (counts: readonly number[]) => {
    const total = counts.reduce((sum, count) => sum + count, 0)
    let nats = 0
    for (let place = 0; place < places; place++) {
      const fused = counts.reduce((sum, count, m) => sum + count * (probabilities[m]?.[place] as number), 0)
      nats -= Math.log(fused / total)
    }
    return nats / places
  }
  const { counts } = selectForward(probabilities.length, loss)
  const total = counts.reduce((sum, count) => sum + count, 0)
  return counts.map((count) => count / total)
}
