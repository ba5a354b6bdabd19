import type { Bounded, Fused } from './bounded.ts'
import { type PoolKind, pools } from './pools.ts'
import { renormalised } from './weights.ts'

/** Rounding leaves this much, relative to what it was, of a probability that one member alone has brought. */
const rounding = 1e-14

/**
 * What the other members make of it, up to a constant factor; null when they make nothing, as contrasted members without
 * the experts they are contrasted with. For the linear pool that is the fused distribution less
 * one member's part, so that leaving out each of n members costs n passes and not n².
 */
export function leaveOut(
  kind: PoolKind,
  members: readonly Bounded[],
  weights: readonly number[],
  fused: Fused,
  index: number,
): Fused | null {
  const weight = weights[index] as number
  if (kind !== 'linear' || weight > 1 - rounding) {
    const rest = <T>(values: readonly T[]) => values.filter((_, other) => other !== index)
    const others = rest(weights)
    if (others.some((other) => other < 0) && others.reduce((sum, other) => sum + other, 0) <= 0) return null
    return pools[kind](rest(members), renormalised(others))
  }
  const own = (members[index] as Bounded).probabilities
  // A loop: `map` would make an object of every number.
  const probabilities = new Float64Array(own.length)
  for (let x = 0; x < own.length; x++) {
    const whole = fused.probabilities[x] as number
    const left = whole - weight * (own[x] as number)
    if (left > rounding * whole) probabilities[x] = left
  }
  // Good for choosing only: bounds of the difference are not asked for.
  return { probabilities, low: probabilities, high: probabilities, missing: 0 }
}
