import { jensenShannon, klDivergence } from '../core/distribution/divergence.ts'
import { entropy, entropyWithin } from '../core/distribution/entropy.ts'
import type { Alphabet } from '../core/lattice/alphabet.ts'
import { renormalised } from '../core/pool/weights.ts'
import type { StepCandidate, StepDiagnosis } from './diagnosis.ts'
import { responsibilities, type Step } from './step.ts'
import { likeliest, toSymbol } from './top-symbols.ts'

/** Sums over the steps at which one member was present; divergences and code lengths in bits. */
export interface MemberTally {
  steps: number
  bytes: number
  bits: number
  agreed: number
  entropy: number
  klToEnsemble: number
  responsibility: number
  pivotal: number
  excluded: number
}

/** Sums over the steps of a request. */
export class Tally {
  steps = 0
  certifiedSteps = 0
  /** Steps at which every member's own path went the chosen way. */
  acceptedSteps = 0
  missingSum = 0
  missingMax = 0
  /** Largest bound on the total variation of a step's fused distribution. */
  variationMax = 0
  readonly members = new Map<string, MemberTally>()

  member(id: string): MemberTally {
    let tally = this.members.get(id)
    if (tally === undefined) {
      tally = {
        steps: 0,
        bytes: 0,
        bits: 0,
        agreed: 0,
        entropy: 0,
        klToEnsemble: 0,
        responsibility: 0,
        pivotal: 0,
        excluded: 0,
      }
      this.members.set(id, tally)
    }
    return tally
  }

  add(step: Step, alphabet: Alphabet): void {
    const { choice, fused, walks, conditionals, pivotal } = step
    const { symbol } = choice
    this.steps++
    if (choice.certified) this.certifiedSteps++
    if (walks.every(({ heading }) => heading === symbol)) this.acceptedSteps++
    const missing = missingMass(step)
    this.missingSum += missing
    this.missingMax = Math.max(this.missingMax, missing)
    this.variationMax = Math.max(this.variationMax, fused.missing)
    const shares = responsibilities(step, symbol)
    walks.forEach(({ id }, index) => {
      const tally = this.member(id)
      const { probabilities, excluded } = conditionals[index] as Step['conditionals'][number]
      tally.steps++
      if (symbol !== alphabet.end) {
        tally.bytes += alphabet.bytesOf(symbol).length
        tally.bits -= Math.log2(probabilities[symbol] as number)
      }
      if (likeliestSymbol(probabilities) === symbol) tally.agreed++
      tally.entropy += entropy(probabilities)
      tally.klToEnsemble += klDivergence(probabilities, fused.probabilities)
      tally.responsibility += shares[index] as number
      tally.excluded += excluded
      if (pivotal.has(id)) tally.pivotal++
    })
  }
}

/** Share of the members' mass that their lists can hide, by the size of their weights. */
function missingMass({ weights, conditionals }: Step): number {
  const sizes = renormalised(weights.map(Math.abs))
  return conditionals.reduce((sum, { missing }, index) => sum + (sizes[index] as number) * missing, 0)
}

function likeliestSymbol(probabilities: Float64Array): number {
  let best = 0
  for (let x = 1; x < probabilities.length; x++) {
    if ((probabilities[x] as number) > (probabilities[best] as number)) best = x
  }
  return best
}

/** JSON has no infinity: null stands for it. */
export function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null
}

/**
 * The diagnosis of one decided symbol.
 *
 * @param candidates how many of the likeliest symbols to name; 0 names none.
 */
export function diagnoseStep(step: Step, alphabet: Alphabet, candidates: number): StepDiagnosis {
  const { choice, fused, walks, conditionals, pivotal } = step
  const shares = responsibilities(step, choice.symbol)
  const bits = entropy(fused.probabilities)
  const within = entropyWithin(bits, fused.missing, alphabet.size)
  return {
    symbol: choice.symbol === alphabet.end ? 'end' : choice.symbol,
    surprisal: finite(-Math.log2(fused.probabilities[choice.symbol] as number)),
    entropy: bits,
    entropy_low: within.low,
    entropy_high: within.high,
    jensen_shannon: jensenShannon(
      conditionals.map(({ probabilities }) => probabilities),
      renormalised(step.weights.map((weight) => Math.max(0, weight))),
    ),
    certified: choice.certified,
    missing_mass: missingMass(step),
    members: walks.map(({ id }, index) => {
      const { probabilities, missing } = conditionals[index] as Step['conditionals'][number]
      return {
        id,
        probability: probabilities[choice.symbol] as number,
        entropy: entropy(probabilities),
        unlisted: missing,
        kl_to_ensemble: finite(klDivergence(probabilities, fused.probabilities)),
        responsibility: shares[index] as number,
        pivotal: pivotal.has(id),
      }
    }),
    ...(candidates > 0 && { candidates: stepCandidates(step, alphabet, candidates) }),
  }
}

/** The likeliest symbols of the fused distribution and the chosen one, which may be none of them. */
function stepCandidates({ choice, fused, conditionals }: Step, alphabet: Alphabet, most: number): StepCandidate[] {
  const best = likeliest(fused.probabilities, most)
  const all = best.includes(choice.symbol) ? best : [...best, choice.symbol]
  return all.map((x) => ({
    ...toSymbol(fused, x, alphabet),
    members: conditionals.map(({ probabilities }) => probabilities[x] as number),
  }))
}
