import type { FittedWeights } from './expectation-maximisation.ts'
import { bestMember, type Foretold } from './foretold.ts'
import { logLinearLoss, logLinearQuadratic, type Quadratic } from './log-linear-loss.ts'
import { minimiseOnSimplex } from './simplex-quadratic.ts'

interface LogLinearOptions {
  /** λ of ½λ‖w − e_best‖², in nats a place: pulls toward the best member alone. */
  readonly strength?: number
  /** Nats a place below which a promised gain ends the search. */
  readonly tolerance?: number
  readonly maxIterations?: number
}

/** Share of the promised gain that a step must bring (Armijo 1966), and how often it is halved. */
const armijo = 1e-4
const halvings = 30

/**
 * Weights of a log-linear pool that make what came likeliest, at least 0 with sum 1: Newton steps on the simplex (the
 * quadratic model is minimised there, then the step halved until it gains; projected Newton, Bertsekas 1982). With the
 * full normaliser the loss is convex (Genest & Zidek 1986; Heskes 1998), so the search, which starts at the best member
 * alone, ends at the optimum of the loss with its pull toward that member.
 */
export function fitLogLinearWeights(foretold: Foretold, options: LogLinearOptions = {}): FittedWeights {
  const { strength = 1e-3, tolerance = 1e-10, maxIterations = 50 } = options
  const best = bestMember(foretold)
  const anchor = foretold.logProbs.map((_, m) => (m === best ? 1 : 0))
  const pull = (weights: readonly number[]) =>
    (strength / 2) * weights.reduce((sum, weight, m) => sum + (weight - (anchor[m] as number)) ** 2, 0)

  let weights: number[] = anchor
  const bitsPerSymbol: number[] = []
  for (let iteration = 0; ; iteration++) {
    const model = logLinearQuadratic(foretold, weights)
    bitsPerSymbol.push(model.value / Math.LN2)
    if (iteration === maxIterations) break
    const { gradient, hessian } = pulled(model, weights, anchor, strength)
    const target = minimiseOnSimplex(weights, gradient, hessian)
    const direction = target.map((value, m) => value - (weights[m] as number))
    const promised = -gradient.reduce((sum, slope, m) => sum + slope * (direction[m] as number), 0)
    if (promised < tolerance) break
    const before = model.value + pull(weights)
    const next = gaining(
      (step) => weights.map((weight, m) => weight + step * (direction[m] as number)),
      (step, at) => logLinearLoss(foretold, at) + pull(at) <= before - armijo * step * promised,
    )
    if (next === null) break
    weights = next
  }
  return { weights, bitsPerSymbol }
}

function pulled(
  { gradient, hessian }: Quadratic,
  weights: readonly number[],
  anchor: readonly number[],
  strength: number,
): Pick<Quadratic, 'gradient' | 'hessian'> {
  return {
    gradient: gradient.map((slope, m) => slope + strength * ((weights[m] as number) - (anchor[m] as number))),
    hessian: hessian.map((row, m) => row.map((value, n) => value + (m === n ? strength : 0))),
  }
}

/** The longest of the halved steps that gains enough; null when rounding lets none. */
function gaining(
  point: (step: number) => number[],
  gains: (step: number, at: readonly number[]) => boolean,
): number[] | null {
  for (let halved = 0, step = 1; halved < halvings; halved++, step /= 2) {
    const at = point(step)
    if (gains(step, at)) return at
  }
  return null
}
