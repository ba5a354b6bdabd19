import { uniform } from '../../../src/core/decode/noise.ts'
import type { Bounded } from '../../../src/core/pool/bounded.ts'

/** A member's true distribution, and what a list of its k likeliest symbols tells of it. */
export interface Truncated {
  readonly truth: Bounded
  readonly listed: Bounded
}

function exactly(probabilities: Float64Array): Bounded {
  return { probabilities, low: probabilities, high: probabilities, missing: 0 }
}

/** A random distribution over `size` symbols, flat or peaked, and its list of length k: a pure function of the seed. */
export function truncatedMember(seed: number, size: number, k: number): Truncated {
  const sharpness = 1 + 7 * uniform(seed, 0, 0)
  const weights = Float64Array.from({ length: size }, (_, x) => uniform(seed, 1, x) ** sharpness)
  const sum = weights.reduce((a, b) => a + b, 0)
  const truth = weights.map((weight) => weight / sum)
  const order = [...truth.keys()].sort((a, b) => (truth[b] as number) - (truth[a] as number) || a - b)
  const listed = new Set(order.slice(0, k))
  const smallest = truth[order[k - 1] as number] as number
  // Not 1 − Σ listed, whose rounding error is large beside a tiny probability.
  const unlisted = order.slice(k).reduce((total, x) => total + (truth[x] as number), 0)
  const high = Math.min(unlisted, smallest)
  const at = (ofUnlisted: number) => truth.map((p, x) => (listed.has(x) ? p : ofUnlisted))
  return {
    truth: exactly(truth),
    listed: { probabilities: at(unlisted / Math.max(1, size - k)), low: at(0), high: at(high), missing: unlisted },
  }
}
