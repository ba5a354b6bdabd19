import type { Fused } from '../pool/bounded.ts'
import { type StepKey, stepKey, uniformAt, uniformAtMost } from './noise.ts'
import { leastKept, maximum, type Warp } from './warp.ts'

export interface Choice {
  readonly symbol: number
  /** The symbol is the same whatever the lists hide. */
  readonly certified: boolean
}

export interface Sampling extends Warp {
  /** An integer of at most 53 bits. */
  readonly seed: number
  readonly step: number
}

/**
 * The symbol with the largest log q(x)/T + G(seed, step, x), where G is standard Gumbel noise, 0 when greedy: a sample of
 * q^(1/T), and the same one for whoever holds the same q, whatever was drafted before (Gumbel-max; Daliri et al. 2024).
 * Of equally likely symbols the greedy choice is the one with the pool's larger tiebreak, else the first.
 *
 * It is certified when its lower bound beats every other symbol's upper bound under the same noise. Under a filter
 * (top-p, min-p) the set of symbols itself depends on what the lists hide, so only a choice that no filter could
 * touch is certified: the likeliest symbol for certain, which every filter keeps, with all others judged unfiltered.
 */
export function choose(fused: Fused, sampling: Sampling): Choice {
  const symbol = chooseSymbol(fused.probabilities, sampling, fused.tiebreak)
  const nothingHidden = fused.missing === 0 && (fused.tiebreakMissing ?? 0) === 0
  return { symbol, certified: nothingHidden || isCertain(fused, symbol, sampling) }
}

/** The choice alone. `probabilities` need not sum to 1: their proportions decide. */
export function chooseSymbol(probabilities: Float64Array, sampling: Sampling, tiebreak?: Float64Array): number {
  const least = leastKept(probabilities, sampling)
  if (sampling.temperature === 0) return likeliest(probabilities, tiebreak)
  const race = new Race(sampling, probabilities)
  // The likeliest sets out first: almost everybody else is then too late for certain.
  const favourite = likeliest(probabilities, tiebreak)
  let winner = favourite
  let best = race.time(probabilities[favourite] as number, favourite, Number.POSITIVE_INFINITY)
  for (let x = 0; x < probabilities.length; x++) {
    const p = probabilities[x] as number
    if (!(p > 0 && p >= least) || x === favourite) continue
    const time = race.time(p, x, best)
    if (time < best) {
      winner = x
      best = time
    }
  }
  return winner
}

function likeliest(probabilities: Float64Array, tiebreak: Float64Array | undefined): number {
  let best = 0
  for (let x = 1; x < probabilities.length; x++) {
    const p = probabilities[x] as number
    const most = probabilities[best] as number
    if (p > most || (p === most && breaksTie(tiebreak, x, best))) best = x
  }
  return best
}

function breaksTie(tiebreak: Float64Array | undefined, x: number, symbol: number): boolean {
  return tiebreak !== undefined && (tiebreak[x] as number) > (tiebreak[symbol] as number)
}

/**
 * The Gumbel-max trick as a race: G = −log E with E exponential, so the argmax of log q/T + G is the argmin of the arrival
 * time E / q^(1/T), which takes one logarithm, and none for those who come too late for certain.
 */
class Race {
  readonly #key: StepKey
  readonly #power: number
  readonly #most: number

  /** Probabilities count relative to the largest of `field`, whose power then can't underflow however low T is. */
  constructor({ seed, step, temperature }: Sampling, field: Float64Array) {
    this.#key = stepKey(seed, step)
    this.#power = 1 / temperature
    this.#most = maximum(field)
  }

  /** Arrival time of a symbol of probability `p`; infinite if it is surely later than `deadline`. */
  time(p: number, symbol: number, deadline: number): number {
    const share = p / this.#most
    // −log u ≥ 1 − u, and s^(1/T) ≤ s for T ≤ 1 and s ≤ 1.
    const late = this.#power >= 1 && share <= 1 && 1 - uniformAtMost(this.#key, symbol) > deadline * share
    if (late) return Number.POSITIVE_INFINITY
    // 1 ** Infinity is NaN in this language.
    const speed = this.#power === 1 || share === 1 ? share : share ** this.#power
    return -Math.log(uniformAt(this.#key, symbol)) / speed
  }
}

function isCertain({ low, high, tiebreak }: Fused, symbol: number, sampling: Sampling): boolean {
  const own = low[symbol] as number
  if (!(own > 0)) return false
  const filtered = sampling.topP < 1 || sampling.minP > 0
  const race = sampling.temperature > 0 ? new Race(sampling, low) : null
  const ownTime = race === null ? 0 : race.time(own, symbol, Number.POSITIVE_INFINITY)
  for (let x = 0; x < high.length; x++) {
    const most = high[x] as number
    if (x === symbol || most === 0) continue
    if (filtered && most > own) return false
    const lead = race === null ? own - most : race.time(most, x, ownTime) - ownTime
    // A tie goes to the first symbol, so one that comes later may draw level. What a tiebreak decides has bounds of its
    // own, which are not known here.
    if (!(lead > 0 || (lead === 0 && x > symbol && tiebreak === undefined))) return false
  }
  return true
}
